//! What `/metrics` tells, in the text format of Prometheus.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use metrics::{
    Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
    with_local_recorder,
};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use tegata::Refusal;
use tegata_axum::spans::{self, method_name, request_span};
use tracing::Instrument as _;

use super::{App, request_id};

const BUCKETS: [f64; 13] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];
// What was observed lies in memory until then.
const UPKEEP: Duration = Duration::from_secs(10);

/// The numbers of one server; cloning shares them.
#[derive(Clone)]
pub(crate) struct Metrics {
    recorder: Arc<PrometheusRecorder>,
    handle: PrometheusHandle,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Metrics")
    }
}

impl Metrics {
    /// Numbers that begin at zero.
    pub(crate) fn new() -> Self {
        let builder = PrometheusBuilder::new();
        let builder = builder.set_buckets(&BUCKETS).expect("there are some");
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        let metrics = Self { recorder: Arc::new(recorder), handle };
        metrics.record(describe);
        metrics
    }

    /// Has the macros of `metrics` write here while `work` runs.
    pub(crate) fn record<T>(&self, work: impl FnOnce() -> T) -> T {
        with_local_recorder(&*self.recorder, work)
    }

    /// Keeps what waits to be counted small, until the server ends.
    pub(crate) async fn keep_up(self) {
        let mut interval = tokio::time::interval(UPKEEP);
        loop {
            interval.tick().await;
            self.handle.run_upkeep();
        }
    }

    fn render(&self) -> String {
        self.handle.render()
    }
}

fn describe() {
    describe_counter!("tegata_http_requests_total", "Requests by route, method and status.");
    describe_histogram!(
        "tegata_http_request_duration_seconds",
        Unit::Seconds,
        "How long answers took, by route and method."
    );
    describe_counter!("tegata_refusals_total", "Refusals by their error code.");
    describe_counter!("tegata_logins_total", "Logins by outcome.");
    describe_counter!("tegata_token_reuse_detected_total", "Refresh tokens that came twice.");
    describe_counter!("tegata_sessions_opened_total", "Sessions that this process has opened.");
    describe_counter!(
        "tegata_sessions_ended_total",
        "Sessions that this process has ended, by reason."
    );
    describe_gauge!("tegata_hashing_running", "Passwords that are being hashed.");
    describe_gauge!("tegata_hashing_waiting", "Logins that wait for a password to be hashed.");
    describe_gauge!("tegata_database_connections", "Connections to the database, by state.");
    describe_gauge!("tegata_session_cache_entries", "Sessions that the cache holds, roughly.");
    describe_counter!(
        "tegata_session_cache_requests_total",
        "Requests that the cache was asked about, by outcome."
    );
    describe_gauge!("tegata_build_info", "1, with the version as a label.");
    for code in Refusal::ALL.map(Refusal::code) {
        counter!("tegata_refusals_total", "code" => code).absolute(0);
    }
    counter!("tegata_token_reuse_detected_total").absolute(0);
    gauge!("tegata_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
}

/// Counts and times every request, and logs it in a span of its own: its method, its route, its name,
/// whose it is and what came of it, never what it carried.
pub(crate) async fn observe(State(app): State<App>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let method = method_name(request.method());
    let route = spans::route_of(&request).to_owned();
    let id = request_id::of(&app.config.proxies, request.extensions(), request.headers());
    let span = request_span(&request);
    span.record("request_id", id.to_str().unwrap_or_default());
    let mut response = next.run(request).instrument(span.clone()).await;
    let (took, status) = (began.elapsed(), response.status());
    let refusal = response.extensions().get::<Refusal>().copied();
    let login = login_outcome(app.prefix(), &route, method, status);
    app.metrics.record(|| {
        let (path, code) = (route.clone(), status.as_str().to_owned());
        counter!("tegata_http_requests_total", "route" => path, "method" => method, "status" => code)
            .increment(1);
        let path = route.clone();
        histogram!("tegata_http_request_duration_seconds", "route" => path, "method" => method)
            .record(took);
        if let Some(refusal) = refusal {
            counter!("tegata_refusals_total", "code" => refusal.code()).increment(1);
        }
        if refusal == Some(Refusal::TokenReuseDetected) {
            counter!("tegata_token_reuse_detected_total").increment(1);
        }
        if let Some(outcome) = login {
            counter!("tegata_logins_total", "outcome" => outcome).increment(1);
        }
    });
    let refusal = refusal.map(Refusal::code);
    let microseconds = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    span.record("status", status.as_u16()).record("microseconds", microseconds);
    span.in_scope(|| tracing::info!(target: "tegata::http", refusal, "answered"));
    response.headers_mut().insert(request_id::HEADER, id);
    response
}

fn login_outcome(
    prefix: &str,
    route: &str,
    method: &'static str,
    status: StatusCode,
) -> Option<&'static str> {
    let step = route.strip_prefix(prefix)?;
    if method != "POST" || !matches!(step, "login/" | "login/challenge/") {
        return None;
    }
    Some(match status.as_u16() {
        200 => "accepted",
        202 => "challenged",
        429 => "rate_limited",
        401 => "refused",
        400..500 => "invalid",
        _ => "failed",
    })
}

/// `GET /metrics`.
pub(crate) async fn metrics(State(app): State<App>) -> Response {
    let (statistics, cache) = (app.rows().statistics(), app.auth.store().stats());
    app.metrics.record(|| {
        counter!("tegata_sessions_opened_total").absolute(statistics.sessions_opened);
        for (reason, count) in statistics.sessions_ended {
            counter!("tegata_sessions_ended_total", "reason" => reason.name()).absolute(count);
        }
        gauge!("tegata_session_cache_entries").set(number(cache.entries));
        counter!("tegata_session_cache_requests_total", "outcome" => "hit").absolute(cache.hits);
        counter!("tegata_session_cache_requests_total", "outcome" => "miss").absolute(cache.misses);
        gauge!("tegata_hashing_running").set(count(statistics.hashing_running));
        gauge!("tegata_hashing_waiting").set(count(statistics.hashing_waiting));
        let (idle, used) = (statistics.connections_idle, statistics.connections_used);
        gauge!("tegata_database_connections", "state" => "idle").set(count(idle));
        gauge!("tegata_database_connections", "state" => "used").set(count(used));
    });
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    ([(CONTENT_TYPE, kind)], app.metrics.render()).into_response()
}

fn count(count: usize) -> f64 {
    number(count as u64)
}

#[expect(clippy::cast_precision_loss, reason = "nobody counts so far")]
fn number(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;

    use super::login_outcome;

    #[test]
    fn what_comes_of_a_login() {
        let outcome = |route, status| {
            login_outcome("/auth/", route, "POST", StatusCode::from_u16(status).expect("one"))
        };
        assert_eq!(outcome("/auth/login/", 200), Some("accepted"));
        assert_eq!(outcome("/auth/login/challenge/", 401), Some("refused"));
        assert_eq!(outcome("/auth/login/", 422), Some("invalid"));
        assert_eq!(outcome("/auth/refresh/", 200), None);
    }
}
