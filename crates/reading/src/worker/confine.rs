//! How the child locks itself in: landlock, seccomp, resource limits, no dump.
//!
//! After [`enter`] the process can read what it holds, compute, take memory up to its limit and
//! write to its three descriptors. Everything else ends it, and so does the end of its parent.

use std::collections::BTreeMap;

use landlock::{
    ABI, Access, AccessFs, AccessNet, RestrictionStatus, Ruleset, RulesetAttr, RulesetError,
    RulesetStatus, Scope,
};
use rustix::process::{
    DumpableBehavior, Resource, Rlimit, Signal, getrlimit, set_dumpable_behavior,
    set_parent_process_death_signal, setrlimit,
};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch,
};
use serde::{Deserialize, Serialize};

use crate::limits::Limits;
use crate::unreadable::Unreadable;

/// What the kernel holds against the worker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confinement {
    /// No file can be opened and no connection made: landlock is in force.
    pub landlock: bool,
    /// Only listed system calls can be made: the seccomp filter is in force.
    pub seccomp: bool,
}

/// What happens where the kernel offers no seccomp. Landlock alone is not enough: it leaves
/// datagrams, local sockets and new processes free.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConfinementPolicy {
    /// Nothing is decoded.
    #[default]
    Required,
    /// Foreign bytes are decoded all the same; the confinement reached is recorded.
    AcceptNone,
}

/// Closes all descriptors but the three, so that nothing of the parent's is held. Comes first.
pub(super) fn close_descriptors() {
    #[expect(
        unsafe_code,
        reason = "no safe wrapper exists; the process has opened nothing yet, so no owned \
                  descriptor is closed under its owner"
    )]
    // SAFETY: called first in the child, before any descriptor beyond the three is owned.
    unsafe {
        // Where the kernel lacks the call, what the parent opened is close-on-exec anyway.
        libc::close_range(3, libc::c_uint::MAX, 0);
    }
}

/// Ends this process with the thread that started it. Comes before the first read: whoever was
/// orphaned before this call reads the end of its input instead.
pub(super) fn end_with_parent() -> std::io::Result<()> {
    Ok(set_parent_process_death_signal(Some(Signal::KILL))?)
}

/// No core, no dump, no way for another process of the same user to look inside. For the
/// worker, and for whatever program holds what was decrypted. A handler that takes core files
/// through a pipe heeds no limit, so the limit alone would not do.
pub fn hide() -> Result<(), Unreadable> {
    set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(|e| not_confined("dump", &e))?;
    limit(Resource::Core, 0)
}

/// Locks the process in. Everything that must be opened is open by now, and every thread that
/// there will be is there: `on_threads` does something on each of them but this one.
pub(super) fn enter(
    limits: &Limits,
    policy: ConfinementPolicy,
    on_threads: impl Fn(&(dyn Fn() -> bool + Sync)) -> bool,
) -> Result<Confinement, Unreadable> {
    // The first look at a clock asks the kernel where to find it, which the filter forbids.
    bound_processor_seconds(limits.page_seconds_max);
    limit(Resource::As, limits.worker_memory_bytes_max)?;
    limit(Resource::Fsize, 0)?;
    rustix::thread::set_no_new_privs(true).map_err(|e| not_confined("no_new_privs", &e))?;
    // Landlock holds for the thread that asks for it; the filter below for all of them.
    let lock = || lock_files().is_ok_and(|status| status.ruleset != RulesetStatus::NotEnforced);
    let landlock =
        on_threads(&|| rustix::thread::set_no_new_privs(true).is_ok() && lock()) && lock();
    limit(Resource::Nofile, 3)?;
    let seccomp = filters().is_some_and(|programs| {
        programs
            .iter()
            .all(|program| seccompiler::apply_filter_all_threads(program).is_ok())
    });
    judge(Confinement { landlock, seccomp }, policy)
}

/// Whether this confinement is enough to decode foreign bytes.
fn judge(reached: Confinement, policy: ConfinementPolicy) -> Result<Confinement, Unreadable> {
    match policy {
        ConfinementPolicy::Required if !reached.seccomp => Err(Unreadable::NotConfined {
            found: "the kernel offers no seccomp".to_owned(),
        }),
        ConfinementPolicy::Required | ConfinementPolicy::AcceptNone => Ok(reached),
    }
}

/// Bounds the processor time from now on. A second line behind the wall time that the parent
/// counts.
pub(super) fn bound_processor_seconds(more: u32) {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime).tv_sec;
    let until = u64::try_from(used).unwrap_or(0) + u64::from(more);
    // Refused only if the hard limit stands below, which bounds it as well.
    let _ = setrlimit(
        Resource::Cpu,
        Rlimit {
            current: Some(until),
            maximum: None,
        },
    );
}

fn limit(resource: Resource, most: u64) -> Result<(), Unreadable> {
    // What whoever started the program allows stays the bound, and could not be raised.
    let most = getrlimit(resource)
        .maximum
        .map_or(most, |allowed| most.min(allowed));
    let bound = Rlimit {
        current: Some(most),
        maximum: Some(most),
    };
    setrlimit(resource, bound).map_err(|e| not_confined("resource limit", &e))
}

fn not_confined(what: &str, error: &dyn std::error::Error) -> Unreadable {
    Unreadable::NotConfined {
        found: format!("{what}: {error}"),
    }
}

/// No file, no connection, no signal or abstract socket outside; as much of it as the kernel
/// knows.
fn lock_files() -> Result<RestrictionStatus, RulesetError> {
    let newest = ABI::V6;
    Ruleset::default()
        .handle_access(AccessFs::from_all(newest))?
        .handle_access(AccessNet::from_all(newest))?
        .scope(Scope::from_all(newest))?
        .create()?
        .restrict_self()
}

/// The system calls that computing needs, on every architecture that is supported.
const ALLOWED: &[libc::c_long] = &[
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_close,
    libc::SYS_fstat,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_brk,
    libc::SYS_madvise,
    libc::SYS_futex,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_restart_syscall,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_getrandom,
    libc::SYS_clock_gettime,
    libc::SYS_gettimeofday,
    libc::SYS_getpid,
    libc::SYS_gettid,
    libc::SYS_getrusage,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_sysinfo,
];

fn filters() -> Option<Vec<BpfProgram>> {
    Some(vec![filter(SeccompAction::KillProcess)?])
}

/// The filter, with what happens at a forbidden call.
fn filter(otherwise: SeccompAction) -> Option<BpfProgram> {
    let architecture = TargetArch::try_from(std::env::consts::ARCH).ok()?;
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> =
        ALLOWED.iter().map(|number| (*number, Vec::new())).collect();
    let only = |argument, operation, value: i64| {
        let value = u64::try_from(value).ok()?;
        SeccompCondition::new(argument, SeccompCmpArgLen::Dword, operation, value).ok()
    };
    let equals = |argument, value| only(argument, SeccompCmpOp::Eq, value);
    // Memory may be taken, never made executable.
    let executable = u64::try_from(libc::PROT_EXEC).ok()?;
    let not_executable = [only(2, SeccompCmpOp::MaskedEq(executable), 0)?];
    // It may abort itself; a process of the same user would let itself be aborted as well.
    let itself = i64::from(rustix::process::getpid().as_raw_nonzero().get());
    let abort_itself = [equals(0, itself)?, equals(2, i64::from(libc::SIGABRT))?];
    // It may move the bound on its processor time; its memory it could unbind, were it root.
    let processor_bound = [equals(0, 0)?, equals(1, i64::from(libc::RLIMIT_CPU))?];
    for (number, conditions) in [
        (libc::SYS_mmap, not_executable.to_vec()),
        (libc::SYS_mprotect, not_executable.to_vec()),
        (libc::SYS_tgkill, abort_itself.to_vec()),
        (libc::SYS_prlimit64, processor_bound.to_vec()),
    ] {
        rules.insert(number, vec![SeccompRule::new(conditions).ok()?]);
    }
    let filter = SeccompFilter::new(rules, otherwise, SeccompAction::Allow, architecture);
    BpfProgram::try_from(filter.ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_any_confinement_nothing_is_decoded_unless_accepted() {
        let reached = |landlock, seccomp| Confinement { landlock, seccomp };
        for (landlock, seccomp, policy, decodes) in [
            (false, false, ConfinementPolicy::Required, false),
            (true, false, ConfinementPolicy::Required, false),
            (false, true, ConfinementPolicy::Required, true),
            (true, true, ConfinementPolicy::Required, true),
            (false, false, ConfinementPolicy::AcceptNone, true),
        ] {
            let judged = judge(reached(landlock, seccomp), policy);
            assert_eq!(judged.is_ok(), decodes, "{landlock} {seccomp} {policy:?}");
        }
    }
    /// Tries on a thread of its own, because a confinement holds for a thread's whole life.
    fn on_a_thread<T: Send>(attempt: impl FnOnce() -> T + Send) -> T {
        std::thread::scope(|scope| scope.spawn(attempt).join().unwrap())
    }

    /// The filter with an error, which no call makes by itself, in the place of the end.
    fn filtered<T: Send>(attempt: impl FnOnce() -> T + Send) -> T {
        const NO_CALL: u32 = 3999;
        on_a_thread(|| {
            rustix::thread::set_no_new_privs(true).unwrap();
            let filter = filter(SeccompAction::Errno(NO_CALL)).unwrap();
            seccompiler::apply_filter(&filter).unwrap();
            attempt()
        })
    }

    fn is_refused(number: libc::c_long, arguments: [i64; 3]) -> bool {
        let [a, b, c] = arguments;
        #[expect(
            unsafe_code,
            reason = "numbers that have no safe wrapper are tried as well"
        )]
        // SAFETY: all calls are refused, or are given arguments by which they do nothing.
        let result = unsafe { libc::syscall(number, a, b, c, 0, 0, 0) };
        result == -1 && std::io::Error::last_os_error().raw_os_error() == Some(3999)
    }

    #[test]
    fn every_system_call_that_is_not_listed_is_refused() {
        let conditional = [
            libc::SYS_mmap,
            libc::SYS_mprotect,
            libc::SYS_tgkill,
            libc::SYS_prlimit64,
        ];
        // `uretprobe` and `uprobe`, with which a traced program calls the kernel's tracer: no
        // filter sees them, and they end any other program.
        let unseen = [335, 336];
        // Beyond the last number; and with bit 30, the same calls by their narrow numbers.
        let numbers = (0..1024)
            .filter(|number| !(cfg!(target_arch = "x86_64") && unseen.contains(number)))
            .chain((0..1024).map(|number| number + 0x4000_0000));
        let let_through: Vec<_> = filtered(|| {
            numbers
                .filter(|number| !ALLOWED.contains(number) && !conditional.contains(number))
                .filter(|number| !is_refused(*number, [-1, -1, -1]))
                .collect()
        });
        assert_eq!(let_through, [0; 0]);
    }

    #[test]
    fn calls_with_conditions_are_refused_outside_of_them() {
        let (abort, cpu) = (i64::from(libc::SIGABRT), i64::from(libc::RLIMIT_CPU));
        let itself = i64::from(std::process::id());
        let (read, execute) = (i64::from(libc::PROT_READ), i64::from(libc::PROT_EXEC));
        for (number, arguments, expected) in [
            (libc::SYS_mmap, [0, 0, read], false),
            (libc::SYS_mmap, [0, 0, execute], true),
            (libc::SYS_mmap, [0, 0, read | execute], true),
            (libc::SYS_mprotect, [0, 0, read], false),
            (libc::SYS_mprotect, [0, 0, read | execute], true),
            // The thread -1 is none, so nothing is sent.
            (libc::SYS_tgkill, [itself, -1, abort], false),
            (libc::SYS_tgkill, [itself, -1, 0], true),
            (libc::SYS_tgkill, [itself - 1, -1, abort], true),
            (libc::SYS_tgkill, [1, -1, abort], true),
            (libc::SYS_prlimit64, [0, cpu, 0], false),
            (
                libc::SYS_prlimit64,
                [0, i64::from(libc::RLIMIT_AS), 0],
                true,
            ),
            (libc::SYS_prlimit64, [1, cpu, 0], true),
        ] {
            let refused = filtered(|| is_refused(number, arguments));
            assert_eq!(refused, expected, "{number} {arguments:?}");
        }
    }

    /// The second line: it holds where the filter has a hole.
    #[test]
    fn landlock_alone_keeps_files_connections_and_signals_inside() {
        let parent = rustix::process::getppid().unwrap();
        let (status, file, connection, signal) = on_a_thread(|| {
            let status = lock_files().unwrap();
            let file = std::fs::File::open("/etc/passwd").err();
            let connection = std::net::TcpStream::connect(("127.0.0.1", 9)).err();
            let signal = rustix::process::test_kill_process(parent).err();
            (status.ruleset, file, connection, signal)
        });
        if status == RulesetStatus::FullyEnforced {
            let denied = Some(std::io::ErrorKind::PermissionDenied);
            assert_eq!(file.map(|error| error.kind()), denied);
            assert_eq!(connection.map(|error| error.kind()), denied);
            assert_eq!(signal, Some(rustix::io::Errno::PERM));
        } else {
            eprintln!("this kernel's landlock is {status:?}: nothing was tried");
        }
    }
}
