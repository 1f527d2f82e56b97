//! What code that took over a worker might try. Each act is made for real, with arguments that
//! do no harm where it goes through.

use std::ffi::CStr;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::unix::net::UnixStream;
use std::process::Command;
use std::ptr::{null, null_mut};

use libc::c_long;

/// Memory is taken in pieces of this size, in bytes.
const PIECE: usize = 16 << 20;

/// What a worker's environment holds: how many threads, and no arenas for more.
const OF_A_WORKER: [&str; 3] = ["OMP_THREAD_LIMIT", "RTEN_NUM_THREADS", "MALLOC_ARENA_MAX"];

/// A system call, by number; an error where the kernel refuses it.
fn call(number: c_long, arguments: [usize; 6]) -> io::Result<usize> {
    #[expect(
        unsafe_code,
        reason = "the attempts are system calls that no safe wrapper makes"
    )]
    // SAFETY: every pointer that is passed is null or points to a buffer that lives on and is
    // long enough; children made by it return from `main` or are replaced.
    let result = unsafe {
        let [first, second, third, rest @ ..] = arguments;
        libc::syscall(number, first, second, third, rest[0], rest[1], rest[2])
    };
    usize::try_from(result).map_err(|_| io::Error::last_os_error())
}

/// A number as a system call takes it, whatever its sign.
fn register(number: i64) -> usize {
    isize::try_from(number).unwrap_or(-1).cast_unsigned()
}

/// The same where all arguments are numbers, the others 0.
fn call_with(number: c_long, arguments: &[i64]) -> io::Result<()> {
    let mut all = [0; 6];
    for (to, from) in all.iter_mut().zip(arguments) {
        *to = register(*from);
    }
    call(number, all).map(drop)
}

fn open_with(number: c_long, folder: i32, path: &CStr, flags: i32) -> io::Result<()> {
    let path = path.as_ptr() as usize;
    let (folder, flags) = (register(folder.into()), register(flags.into()));
    call(number, [folder, path, flags, 0, 0, 0]).map(drop)
}

fn parent() -> io::Result<i64> {
    let parent = rustix::process::getppid().ok_or(io::ErrorKind::NotFound)?;
    Ok(i64::from(parent.as_raw_nonzero().get()))
}

/// The parent's number without asking for it: a child that is started at once is often the next.
fn likely_parent() -> i64 {
    i64::from(rustix::process::getpid().as_raw_nonzero().get()) - 1
}

fn socket(family: i32, kind: i32) -> io::Result<()> {
    call_with(libc::SYS_socket, &[family.into(), kind.into()])
}

fn map(protection: i32) -> io::Result<usize> {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    let [protection, flags, none] = [protection, flags, -1].map(|number| register(number.into()));
    call(libc::SYS_mmap, [0, 4096, protection, flags, none, 0])
}

fn protect(number: c_long, protection: i32) -> io::Result<()> {
    let page = map(libc::PROT_READ | libc::PROT_WRITE)?;
    let key = usize::MAX;
    let protection = register(protection.into());
    call(number, [page, 4096, protection, key, 0, 0]).map(drop)
}

/// A child that ends at once, where there is one.
fn fork_with(number: c_long, arguments: [usize; 6]) -> io::Result<()> {
    if call(number, arguments)? == 0 {
        std::process::exit(0);
    }
    Ok(())
}

fn execute(number: c_long) -> io::Result<()> {
    let program = c"/bin/true".as_ptr() as usize;
    let arguments = [program, 0];
    let arguments = arguments.as_ptr() as usize;
    let here = register(libc::AT_FDCWD.into());
    let all = if number == libc::SYS_execveat {
        [here, program, arguments, 0, 0, 0]
    } else {
        [program, arguments, 0, 0, 0, 0]
    };
    call(number, all).map(drop)
}

/// Reads a word of the parent's memory, or writes it.
fn parents_memory(number: c_long) -> io::Result<()> {
    let word = [0u64; 1];
    let here = libc::iovec {
        iov_base: word.as_ptr().cast_mut().cast(),
        iov_len: 8,
    };
    let there = here;
    let parent = usize::try_from(parent()?).unwrap_or(0);
    let (here, there) = (&raw const here as usize, &raw const there as usize);
    call(number, [parent, here, 1, there, 1, 0]).map(drop)
}

/// Sets the bound of a resource of the process 0, which is this one, or another.
fn set_bound(process: i64, resource: u32, current: u64, maximum: u64) -> io::Result<()> {
    let bound = libc::rlimit64 {
        rlim_cur: current,
        rlim_max: maximum,
    };
    let process = register(process);
    let bound = &raw const bound as usize;
    call(
        libc::SYS_prlimit64,
        [process, resource as usize, bound, 0, 0, 0],
    )
    .map(drop)
}

/// Takes as much memory and keeps it.
fn take_memory(bytes: usize) -> io::Result<()> {
    let mut taken: Vec<Vec<u8>> = Vec::new();
    for _ in 0..bytes.div_ceil(PIECE) {
        // Asked for and not filled: it is the address space that is bounded.
        let mut piece = Vec::new();
        piece
            .try_reserve_exact(PIECE)
            .map_err(|_| io::ErrorKind::OutOfMemory)?;
        taken.push(piece);
    }
    std::hint::black_box(&taken);
    Ok(())
}

fn spin() -> ! {
    loop {
        std::hint::spin_loop();
    }
}

/// Says what the file holds, so many times.
fn say(times: usize, what: &[u8]) -> io::Result<()> {
    let mut out = io::stdout();
    for _ in 0..times {
        out.write_all(what)?;
    }
    out.flush()
}

/// The first descriptor beyond the three that is open.
fn inherited_descriptor() -> io::Result<()> {
    let mut about = [0u8; 256];
    let about = about.as_mut_ptr() as usize;
    (3..4096)
        .find_map(|number| call(libc::SYS_fstat, [number, about, 0, 0, 0, 0]).ok())
        .map(drop)
        .ok_or_else(|| io::ErrorKind::NotFound.into())
}

/// A variable of the parent's environment.
fn inherited_variable() -> io::Result<()> {
    std::env::vars_os()
        .find(|(name, _)| !OF_A_WORKER.iter().any(|known| name == known))
        .map(drop)
        .ok_or_else(|| io::ErrorKind::NotFound.into())
}

/// The stack overflows.
fn dig(depth: u64) -> u64 {
    let here = std::hint::black_box([depth; 512]);
    if depth == u64::MAX {
        return 0;
    }
    dig(depth + 1) + here.iter().sum::<u64>()
}

/// A system call by the numbers of another architecture that the processor knows as well.
#[cfg(target_arch = "x86_64")]
fn foreign_numbers() -> io::Result<()> {
    let mut result: i64 = 20; // getpid, of i386
    #[expect(
        unsafe_code,
        reason = "there is no other way to enter the kernel by this gate"
    )]
    // SAFETY: the call takes no arguments and changes no memory.
    unsafe {
        std::arch::asm!("int 0x80", inout("rax") result, out("r8") _, out("r9") _,
            out("r10") _, out("r11") _);
    }
    if result < 0 {
        return Err(io::ErrorKind::Unsupported.into());
    }
    Ok(())
}

#[cfg(not(target_arch = "x86_64"))]
fn foreign_numbers() -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Tries the act of that name; `rest` is what else the file says.
pub(crate) fn attempt(act: &str, rest: &[u8]) -> io::Result<()> {
    files(act)
        .or_else(|| memory(act))
        .or_else(|| processes(act))
        .or_else(|| network(act))
        .or_else(|| kernel(act))
        .or_else(|| bounds(act, rest))
        .unwrap_or_else(|| {
            // Neither of the two outcomes that are told: an act that no test means.
            std::process::exit(2)
        })
}

fn files(act: &str) -> Option<io::Result<()>> {
    let here = libc::AT_FDCWD;
    Some(match act {
        "open" => File::open("/etc/passwd").map(drop),
        "open-relative" => File::open("etc/passwd").map(drop),
        "open-environment" => File::open("/proc/self/environ").map(drop),
        "open-parents-memory" => parent()
            .and_then(|parent| File::open(format!("/proc/{parent}/mem")))
            .map(drop),
        "open-path" => open_with(libc::SYS_openat, here, c"/", libc::O_PATH),
        "open-at-input" => open_with(libc::SYS_openat, 0, c"passwd", 0),
        "openat2" => {
            let how = [0u64; 3];
            let (path, how) = (c"/etc/passwd".as_ptr() as usize, how.as_ptr() as usize);
            let here = register(here.into());
            call(libc::SYS_openat2, [here, path, how, 24, 0, 0]).map(drop)
        }
        #[cfg(target_arch = "x86_64")]
        "open-old" => {
            let path = c"/etc/passwd".as_ptr() as usize;
            call(libc::SYS_open, [path, 0, 0, 0, 0, 0]).map(drop)
        }
        "create" => tempfile_made(),
        "list" => fs::read_dir("/").map(drop),
        "look" => fs::metadata("/etc/passwd").map(drop),
        "read-link" => fs::read_link("/proc/self/exe").map(drop),
        "duplicate" => call_with(libc::SYS_dup, &[0]),
        "control-terminal" => call_with(libc::SYS_ioctl, &[0, libc::TIOCGWINSZ.cast_signed()]),
        "pipe" => {
            let mut ends = [0i32; 2];
            call(libc::SYS_pipe2, [ends.as_mut_ptr() as usize, 0, 0, 0, 0, 0]).map(drop)
        }
        "memory-file" => {
            let name = c"x".as_ptr() as usize;
            call(libc::SYS_memfd_create, [name, 0, 0, 0, 0, 0]).map(drop)
        }
        _ => return None,
    })
}

/// Makes a file and takes it away again.
fn tempfile_made() -> io::Result<()> {
    let path = "/tmp/reading-worker-attempt";
    File::create(path)?;
    #[expect(
        clippy::disallowed_methods,
        reason = "outside the confinement the attempt cleans up after itself"
    )]
    fs::remove_file(path)
}

fn memory(act: &str) -> Option<io::Result<()>> {
    let writable_and_executable = libc::PROT_READ | libc::PROT_WRITE | libc::PROT_EXEC;
    Some(match act {
        "map-executable" => map(writable_and_executable).map(drop),
        "make-executable" => protect(libc::SYS_mprotect, libc::PROT_EXEC),
        "make-executable-by-key" => protect(libc::SYS_pkey_mprotect, libc::PROT_EXEC),
        "shared-memory" => call_with(libc::SYS_shmget, &[0, 4096, 0o1600]),
        "read-parents-memory" => parents_memory(libc::SYS_process_vm_readv),
        "write-parents-memory" => parents_memory(libc::SYS_process_vm_writev),
        "fault-handler" => call_with(libc::SYS_userfaultfd, &[]),
        _ => return None,
    })
}

fn processes(act: &str) -> Option<io::Result<()>> {
    let child_ended = register(libc::SIGCHLD.into());
    Some(match act {
        "spawn" => Command::new("/bin/true").status().map(drop),
        "fork" => fork_with(libc::SYS_clone, [child_ended, 0, 0, 0, 0, 0]),
        "clone3" => {
            let how = [0u64, 0, 0, 0, child_ended as u64, 0, 0, 0];
            fork_with(libc::SYS_clone3, [how.as_ptr() as usize, 64, 0, 0, 0, 0])
        }
        // Its name alone: the stack of a child made by it is this one's.
        #[cfg(target_arch = "x86_64")]
        "vfork" => call_with(libc::SYS_vfork, &[]),
        "execute" => execute(libc::SYS_execve),
        "execute-at" => execute(libc::SYS_execveat),
        "thread" => std::thread::Builder::new().spawn(|| {}).map(drop),
        "parent" => parent().map(drop),
        // The signal 0 does nothing, and is refused as any other.
        "signal" => call_with(libc::SYS_kill, &[likely_parent(), 0]),
        "signal-thread" => call_with(libc::SYS_tkill, &[likely_parent(), 0]),
        // The one signal that the worker may send, with a thread that the other does not have.
        "abort-parent" => {
            let itself = i64::from(rustix::thread::gettid().as_raw_nonzero().get());
            let abort = i64::from(libc::SIGABRT);
            call_with(libc::SYS_tgkill, &[likely_parent(), itself, abort])
        }
        "trace-parent" => call_with(
            libc::SYS_ptrace,
            &[libc::PTRACE_SEIZE.into(), likely_parent()],
        ),
        "parents-descriptor" => call_with(libc::SYS_pidfd_open, &[likely_parent(), 0]),
        "priority" => call_with(libc::SYS_setpriority, &[0, 0, 0]),
        _ => return None,
    })
}

fn network(act: &str) -> Option<io::Result<()>> {
    Some(match act {
        "connect" => TcpStream::connect(("127.0.0.1", 9)).map(drop),
        "listen" => TcpListener::bind(("127.0.0.1", 0)).map(drop),
        "datagram" => UdpSocket::bind(("127.0.0.1", 0)).map(drop),
        "socket-unix" => socket(libc::AF_UNIX, libc::SOCK_STREAM),
        "socket-netlink" => socket(libc::AF_NETLINK, libc::SOCK_RAW),
        "socket-vsock" => socket(libc::AF_VSOCK, libc::SOCK_STREAM),
        "socket-packet" => socket(libc::AF_PACKET, libc::SOCK_RAW),
        "socket-pair" => UnixStream::pair().map(drop),
        _ => return None,
    })
}

fn kernel(act: &str) -> Option<io::Result<()>> {
    let nothing = null::<u8>() as usize;
    Some(match act {
        "io-uring" => {
            let mut parameters = [0u64; 32];
            let parameters = parameters.as_mut_ptr() as usize;
            call(libc::SYS_io_uring_setup, [1, parameters, 0, 0, 0, 0]).map(drop)
        }
        "bpf" => call_with(libc::SYS_bpf, &[]),
        "performance" => call_with(libc::SYS_perf_event_open, &[]),
        "mount" => call(libc::SYS_mount, [nothing; 6]).map(drop),
        "namespace" => call_with(libc::SYS_unshare, &[libc::CLONE_FS.into()]),
        "other-namespace" => call_with(libc::SYS_setns, &[0, 0]),
        "root-folder" => call(libc::SYS_chroot, [c"/".as_ptr() as usize, 0, 0, 0, 0, 0]).map(drop),
        "keys" => call_with(libc::SYS_keyctl, &[0, -3, 0]),
        "personality" => call_with(libc::SYS_personality, &[0x0040_0000]), // READ_IMPLIES_EXEC
        "user" => call_with(libc::SYS_setresuid, &[-1, -1, -1]),
        "outlive-parent" => call_with(libc::SYS_prctl, &[libc::PR_SET_PDEATHSIG.into(), 0]),
        "show-itself" => call_with(libc::SYS_prctl, &[libc::PR_SET_DUMPABLE.into(), 1]),
        "other-filter" => call_with(libc::SYS_seccomp, &[2, 0, null_mut::<u8>() as i64]),
        "timer" => call_with(libc::SYS_timerfd_create, &[1]),
        "sleep" => {
            std::thread::sleep(std::time::Duration::from_nanos(1));
            Ok(())
        }
        "foreign-numbers" => foreign_numbers(),
        // Bit 30: the same calls with pointers of 32 bits, by other numbers.
        "narrow-numbers" => call_with(0x4000_0000 + 39, &[]),
        _ => return None,
    })
}

fn bounds(act: &str, rest: &[u8]) -> Option<io::Result<()>> {
    let cpu = libc::RLIMIT_CPU;
    let unbound = libc::RLIM64_INFINITY;
    Some(match act {
        "unbind-memory" => set_bound(0, libc::RLIMIT_AS, unbound, unbound),
        "unbind-files" => set_bound(0, libc::RLIMIT_NOFILE, 64, 64),
        "bind-parent" => set_bound(likely_parent(), cpu, unbound, unbound),
        "gibibyte" => take_memory(1 << 30),
        "four-gibibytes" => take_memory(4 << 30),
        "allocate" => {
            std::hint::black_box(vec![1u8; 4 << 30]);
            Ok(())
        }
        "descriptors" => inherited_descriptor(),
        "environment" => inherited_variable(),
        "spin" => spin(),
        "spin-unbound" => {
            // What a worker that was taken over would do first.
            let _ = set_bound(0, cpu, unbound, unbound);
            spin()
        }
        "wait" => io::stdin().read_to_end(&mut Vec::new()).map(drop),
        "dig" => {
            std::hint::black_box(dig(0));
            Ok(())
        }
        "say-once" => {
            say(1, rest).and_then(|()| io::stdin().read_to_end(&mut Vec::new()).map(drop))
        }
        "say-for-ever" => say(usize::MAX, rest),
        _ => return None,
    })
}
