//! The listening socket.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::pin::Pin;
use std::time::Duration;

use axum::serve::Listener;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_io_timeout::TimeoutStream;

/// A connection from which nothing comes for this long is closed (devnode.md section 1.2); live
/// WebSocket peers answer pings more often than that.
const IDLE: Duration = Duration::from_secs(120);

/// A peer that takes nothing for this long is given up.
const WRITE: Duration = Duration::from_secs(30);

/// Connections that may wait to be accepted: test suites open several hundred at once.
const BACKLOG: u32 = 4_096;

/// Binds `host:port`; port 0 lets the system choose. Must run inside a runtime.
///
/// # Errors
/// Whatever the system says of the last address that `host` stands for.
pub(crate) fn listen(host: &str, port: u16) -> io::Result<TcpListener> {
    let mut refused = io::Error::new(io::ErrorKind::NotFound, "the host name has no address");
    for address in (host, port).to_socket_addrs()? {
        match bind(address) {
            Ok(listener) => return Ok(listener),
            Err(why) => refused = why,
        }
    }
    Err(refused)
}

/// Accepts connections that end when their peer falls silent.
#[derive(Debug)]
pub(super) struct Patient(pub(super) TcpListener);

impl Listener for Patient {
    type Io = Pin<Box<TimeoutStream<TcpStream>>>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        // This waits out errors such as too many open files.
        let (stream, peer) = Listener::accept(&mut self.0).await;
        // Answers are small and awaited: never wait to fill a segment.
        drop(stream.set_nodelay(true));
        let mut stream = TimeoutStream::new(stream);
        stream.set_read_timeout(Some(IDLE));
        stream.set_write_timeout(Some(WRITE));
        (Box::pin(stream), peer)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A node started again at once must get its port back; on Windows this would share the port.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}
