//! A bare ingress, to be measured against other proxies:
//! `cargo run --release -p causeway-ingress --example proxy -- LISTEN HOST BACKEND…`

use std::error::Error;
use std::net::SocketAddr;

use causeway_ingress::{Backend, BackendState, Ingress, IngressConfig, Route, ServiceLabels};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let usage = "usage: proxy LISTEN HOST BACKEND…";
    let listen: SocketAddr = arguments.next().ok_or(usage)?.parse()?;
    let host = arguments.next().ok_or(usage)?;
    let backends = arguments
        .enumerate()
        .map(|(index, address)| {
            let id = format!("replica-{index}");
            let state = BackendState::Ready;
            address.parse().map(|address| Backend { id, address, state })
        })
        .collect::<Result<Vec<_>, _>>()?;
    let labels = ServiceLabels {
        namespace: "default".to_owned(),
        environment: "dev".to_owned(),
        service: "measured".to_owned(),
    };
    let ingress = Ingress::new(IngressConfig::default());
    ingress.routes().set(&host, Route { labels, backends })?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(listen).await?;
        ingress.serve(listener, std::future::pending()).await?;
        Ok(())
    })
}
