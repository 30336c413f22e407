//! Serving, until told to stop.

use std::future::{Future, IntoFuture};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::time::sleep;

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
    let stopping = Arc::new(Notify::new());
    let stop = Arc::clone(&stopping);
    let streaming = state.clone();
    // Answers are small: they should not wait to be filled up.
    let listener = listener.tap_io(|connection| {
        if let Err(error) = connection.set_nodelay(true) {
            tracing::debug!(%error, "connection keeps its delay");
        }
    });
    let service = router(state).into_make_service_with_connect_info::<SocketAddr>();
    let server = axum::serve(listener, service).with_graceful_shutdown(async move {
        shutdown.await;
        streaming.stop_streams();
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
