//! A small messaging service that survives its own death.
//!
//! ```text
//! cargo run --release -p waypost-runner --example serve [-- --listen 127.0.0.1:8080] [--database sqlite:waypost.db]
//! ```
//!
//! `GET /` tells what can be done with it, as lines for curl. Messages, receipts and executions are kept in the database; the
//! channels print to the terminal. It stops on Ctrl-C, when the sends under way are done.

mod service;

use std::process::ExitCode;

use lexopt::prelude::*;
use tokio::{net::TcpListener, sync::watch};

const USAGE: &str = "\
usage: serve [--listen ADDRESS] [--database URL]

  --listen ADDRESS   where to listen; 127.0.0.1:8080 where left out, port 0 is any that is free
  --database URL     sqlite:FILE or postgres://...; sqlite:waypost.db where left out";

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("serve: {error}");
            ExitCode::from(2)
        }
    }
}

async fn run() -> Result<(), Box<dyn std::error::Error>> {
    let (mut listen, mut database) = ("127.0.0.1:8080".to_owned(), "sqlite:waypost.db".to_owned());
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("listen") => listen = arguments.value()?.string()?,
            Long("database") => database = arguments.value()?.string()?,
            Long("help") | Short('h') => {
                println!("{USAGE}");
                return Ok(());
            }
            other => return Err(format!("{}\n{USAGE}", other.unexpected()).into()),
        }
    }
    let runner = service::open(&database).await?;
    let listener = TcpListener::bind(&listen).await.map_err(|error| format!("{listen}: {error}"))?;
    println!("curl http://{}/ tells what can be done", listener.local_addr()?);

    let (stop, stopped) = watch::channel(());
    let until_stopped = |mut stopped: watch::Receiver<()>| async move {
        let _ = stopped.changed().await;
    };
    let worker = tokio::spawn({
        let (runner, stopped) = (runner.clone(), until_stopped(stopped.clone()));
        async move { runner.run(stopped).await }
    });
    let serving = axum::serve(listener, service::routes(runner.clone())).with_graceful_shutdown(until_stopped(stopped));
    let serving = tokio::spawn(async move { serving.await });
    asked_to_stop().await?;
    eprintln!("stopping: the sends under way end first");
    stop.send(())?;
    worker.await?;
    serving.await??;
    runner.close().await;
    Ok(())
}

#[cfg(unix)]
async fn asked_to_stop() -> std::io::Result<()> {
    let mut terminated = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        pressed = tokio::signal::ctrl_c() => pressed,
        _ = terminated.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn asked_to_stop() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}
