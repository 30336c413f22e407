//! A network that can be cut and slowed down: a proxy between workers and the broker.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

/// How the network is.
#[derive(Default)]
struct Network {
    is_cut: AtomicBool,
    /// Connections stay, and nothing is heard of them.
    is_silent: AtomicBool,
    /// Milliseconds that each byte is under way.
    delay_ms: AtomicU64,
    /// Bytes in a second, each way of each connection; 0 for any number.
    bytes_per_second: AtomicU64,
    carried: AtomicU64,
    open: Mutex<Vec<TcpStream>>,
}

/// Runs until the process of the tests ends.
pub struct Proxy {
    pub port: u16,
    network: Arc<Network>,
}

impl Proxy {
    /// Listens, and leads to a port of this machine.
    pub fn to(target: impl Fn() -> u16 + Send + 'static) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let network = Arc::<Network>::default();
        let of_listener = Arc::clone(&network);
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                if of_listener.is_cut.load(Ordering::SeqCst) {
                    continue;
                }
                let Ok(target) = TcpStream::connect(("127.0.0.1", target())) else { continue };
                let mut open = of_listener.open.lock().unwrap();
                open.push(connection.try_clone().unwrap());
                open.push(target.try_clone().unwrap());
                carry(&of_listener, connection.try_clone().unwrap(), target.try_clone().unwrap());
                carry(&of_listener, target, connection);
            }
        });
        Proxy { port, network }
    }

    /// No byte goes through any more; connections break.
    pub fn cut(&self) {
        self.network.is_cut.store(true, Ordering::SeqCst);
        for open in self.network.open.lock().unwrap().drain(..) {
            let _ = open.shutdown(Shutdown::Both);
        }
    }

    pub fn mend(&self) {
        self.network.is_cut.store(false, Ordering::SeqCst);
    }

    /// No byte goes through any more, and nobody is told; what was under way arrives once it is over.
    pub fn silence(&self, is_silent: bool) {
        self.network.is_silent.store(is_silent, Ordering::SeqCst);
    }

    /// Each byte takes so long, and so many go through in a second.
    pub fn slow(&self, delay: Duration, bytes_per_second: u64) {
        self.network.delay_ms.store(delay.as_millis() as u64, Ordering::SeqCst);
        self.network.bytes_per_second.store(bytes_per_second, Ordering::SeqCst);
    }

    pub fn carried(&self) -> u64 {
        self.network.carried.load(Ordering::SeqCst)
    }
}

/// Carries one way of a connection: one thread reads, one hands on what has been under way long enough.
fn carry(network: &Arc<Network>, mut from: TcpStream, mut to: TcpStream) {
    let (give, take) = mpsc::sync_channel::<(Instant, Vec<u8>)>(64);
    std::thread::spawn(move || {
        let mut buffer = vec![0; 8 << 10];
        while let Ok(read @ 1..) = from.read(&mut buffer) {
            if give.send((Instant::now(), buffer[..read].to_vec())).is_err() {
                break;
            }
        }
    });
    let network = Arc::clone(network);
    std::thread::spawn(move || {
        for (read_at, bytes) in take {
            let delay = Duration::from_millis(network.delay_ms.load(Ordering::SeqCst));
            std::thread::sleep((read_at + delay).saturating_duration_since(Instant::now()));
            let rate = network.bytes_per_second.load(Ordering::SeqCst);
            if rate > 0 {
                std::thread::sleep(Duration::from_secs_f64(bytes.len() as f64 / rate as f64));
            }
            while network.is_silent.load(Ordering::SeqCst) {
                std::thread::sleep(Duration::from_millis(20));
            }
            if network.is_cut.load(Ordering::SeqCst) || to.write_all(&bytes).is_err() {
                break;
            }
            network.carried.fetch_add(bytes.len() as u64, Ordering::SeqCst);
        }
        let _ = to.shutdown(Shutdown::Both);
    });
}
