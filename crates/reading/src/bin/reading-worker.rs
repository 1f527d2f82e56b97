//! A reading worker by itself, for this crate's tests and measurements. The product starts its
//! own program instead.
//!
//! With `--probes` a file that begins with the PDF mark and `probe:` makes the worker try
//! something forbidden, from inside its confinement.

use std::process::ExitCode;

fn main() -> ExitCode {
    if std::env::args().any(|argument| argument == "--probes") {
        reading::worker::serve(probe)
    } else {
        reading::worker::main()
    }
}

/// Tries what the file names. What succeeds returns, and the file is then read as the damaged
/// PDF that it is.
fn probe(bytes: &[u8]) {
    let Some(name) = bytes
        .strip_prefix(b"%PDF-probe:")
        .and_then(|rest| rest.split(|b| *b == b'\n').next())
    else {
        return;
    };
    match name {
        b"open" => drop(std::fs::File::open("/etc/passwd")),
        b"create" => drop(std::fs::File::create("/tmp/vouchsafe-probe")),
        b"list" => drop(std::fs::read_dir("/")),
        b"connect" => drop(std::net::TcpStream::connect(("127.0.0.1", 9))),
        b"listen" => drop(std::net::UdpSocket::bind(("127.0.0.1", 0))),
        b"unix" => drop(std::os::unix::net::UnixStream::pair()),
        b"spawn" => drop(std::process::Command::new("/bin/true").status()),
        b"thread" => drop(std::thread::Builder::new().spawn(|| {})),
        b"memory" => {
            let taken = vec![1u8; 4 << 30];
            std::hint::black_box(&taken);
        }
        b"loop" => loop {
            std::hint::spin_loop();
        },
        b"signal" => drop(rustix::process::kill_process(
            rustix::process::getppid().unwrap_or(rustix::process::getpid()),
            rustix::process::Signal::USR1,
        )),
        _ => {}
    }
}
