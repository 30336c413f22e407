//! Serving, until told to stop.

use std::future::{Future, IntoFuture};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::time::sleep;

use crate::health::Probes;
use crate::routes::router;
use crate::state::ApiState;

/// Requests that are still open so long after the end was asked for are cut off: longer than a command waits
/// for its outcome.
const STOP_WITHIN: Duration = Duration::from_secs(10);

/// Serves the API until `shutdown` ends; requests that have begun are answered, for up to ten seconds.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    state: ApiState,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let streaming = state.clone();
    serve_router(listener, router(state), async move {
        shutdown.await;
        streaming.stop_streams();
    })
    .await
}

/// Serves, of a process that has no API, whether it lives and is ready, and its metrics.
///
/// # Errors
/// When the listener fails.
pub async fn serve_health(
    listener: TcpListener,
    probes: Probes,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    serve_router(listener, probes.router(), shutdown).await
}

async fn serve_router(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let stopping = Arc::new(Notify::new());
    let stop = Arc::clone(&stopping);
    // Answers are small: they should not wait to be filled up.
    let listener = listener.tap_io(|connection| {
        if let Err(error) = connection.set_nodelay(true) {
            tracing::debug!(%error, "connection keeps its delay");
        }
    });
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let server = axum::serve(listener, service).with_graceful_shutdown(async move {
        shutdown.await;
        stop.notify_one();
    });
    let overdue = async {
        stopping.notified().await;
        sleep(STOP_WITHIN).await;
    };
    tokio::select! {
        result = server.into_future() => result,
        () = overdue => {
            tracing::warn!(seconds = STOP_WITHIN.as_secs(), "requests did not end in time: cut off");
            Ok(())
        }
    }
}
