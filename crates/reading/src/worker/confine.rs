//! How the child locks itself in: landlock, seccomp, resource limits, no dump.
//!
//! After [`enter`] the process can read what it holds, compute, take memory up to its limit and
//! write to its three descriptors. Everything else ends it.

use std::collections::BTreeMap;

use landlock::{
    ABI, Access, AccessFs, AccessNet, RestrictionStatus, Ruleset, RulesetAttr, RulesetError,
    RulesetStatus, Scope,
};
use rustix::process::{
    DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit,
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

/// What happens where the kernel offers neither landlock nor seccomp.
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

/// No core, no dump, no way for another process of the same user to look inside. For the
/// worker, and for whatever program holds what was decrypted. A handler that takes core files
/// through a pipe heeds no limit, so the limit alone would not do.
pub fn hide() -> Result<(), Unreadable> {
    set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(|e| not_confined("dump", &e))?;
    limit(Resource::Core, 0)
}

/// Locks the process in. Everything that must be opened is open by now.
pub(super) fn enter(limits: &Limits, policy: ConfinementPolicy) -> Result<Confinement, Unreadable> {
    // The first look at a clock asks the kernel where to find it, which the filter forbids.
    bound_processor_seconds(limits.page_seconds_max);
    limit(Resource::As, limits.worker_memory_bytes_max)?;
    limit(Resource::Fsize, 0)?;
    rustix::thread::set_no_new_privs(true).map_err(|e| not_confined("no_new_privs", &e))?;
    let landlock = lock_files().is_ok_and(|status| status.ruleset != RulesetStatus::NotEnforced);
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
        ConfinementPolicy::Required if !reached.landlock && !reached.seccomp => {
            Err(Unreadable::NotConfined {
                found: "the kernel offers neither landlock nor seccomp".to_owned(),
            })
        }
        ConfinementPolicy::Required | ConfinementPolicy::AcceptNone => Ok(reached),
    }
}

/// Bounds the processor time from now on. A second line: the parent counts wall time, but a
/// parent that was killed counts nothing.
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
    let architecture = TargetArch::try_from(std::env::consts::ARCH).ok()?;
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> =
        ALLOWED.iter().map(|number| (*number, Vec::new())).collect();
    // Memory may be taken, never made executable.
    let not_executable = || {
        let executable = u64::try_from(libc::PROT_EXEC).ok()?;
        SeccompCondition::new(
            2,
            SeccompCmpArgLen::Dword,
            SeccompCmpOp::MaskedEq(executable),
            0,
        )
        .ok()
    };
    for number in [libc::SYS_mmap, libc::SYS_mprotect] {
        rules.insert(
            number,
            vec![SeccompRule::new(vec![not_executable()?]).ok()?],
        );
    }
    // It may end itself and bound itself, not others.
    let equals = |argument, value| {
        SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, value).ok()
    };
    let abort = u64::try_from(libc::SIGABRT).ok()?;
    rules.insert(
        libc::SYS_tgkill,
        vec![SeccompRule::new(vec![equals(2, abort)?]).ok()?],
    );
    rules.insert(
        libc::SYS_prlimit64,
        vec![SeccompRule::new(vec![equals(0, 0)?]).ok()?],
    );
    let filter = SeccompFilter::new(
        rules,
        SeccompAction::KillProcess,
        SeccompAction::Allow,
        architecture,
    )
    .ok()?;
    Some(vec![BpfProgram::try_from(filter).ok()?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_any_confinement_nothing_is_decoded_unless_accepted() {
        let reached = |landlock, seccomp| Confinement { landlock, seccomp };
        for (landlock, seccomp, policy, decodes) in [
            (false, false, ConfinementPolicy::Required, false),
            (true, false, ConfinementPolicy::Required, true),
            (false, true, ConfinementPolicy::Required, true),
            (true, true, ConfinementPolicy::Required, true),
            (false, false, ConfinementPolicy::AcceptNone, true),
        ] {
            let judged = judge(reached(landlock, seccomp), policy);
            assert_eq!(judged.is_ok(), decodes, "{landlock} {seccomp} {policy:?}");
        }
    }
}
