//! The network between a daemon and its database: passes everything on, until it is cut.

use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What is said about the lines.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lines {
    Up,
    Cut,
}

/// The proxy. It lives as long as the runtime of its test.
pub(super) struct Proxy {
    pub(super) address: SocketAddr,
    lines: watch::Sender<Lines>,
}

impl Proxy {
    pub(super) async fn start(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (lines, state) = watch::channel(Lines::Up);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass(client, server, state.clone()));
            }
        });
        Self { address, lines }
    }

    /// Resets every connection, and each new one.
    pub(super) fn cut(&self) {
        self.lines.send_replace(Lines::Cut);
    }

    pub(super) fn mend(&self) {
        self.lines.send_replace(Lines::Up);
    }
}

async fn pass(mut client: TcpStream, server: SocketAddr, mut lines: watch::Receiver<Lines>) {
    if *lines.borrow_and_update() == Lines::Up
        && let Ok(mut server) = TcpStream::connect(server).await
    {
        tokio::select! {
            _ = tokio::io::copy_bidirectional(&mut client, &mut server) => return,
            _ = lines.wait_for(|lines| *lines == Lines::Cut) => {}
        }
        super::wire::reset(server);
    }
    super::wire::reset(client);
}
