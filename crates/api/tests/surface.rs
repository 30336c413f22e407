//! What every endpoint has in common.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[allow(dead_code, reason = "each test file uses its part of the platform")]
mod platform;

use platform::Platform;

/// Every operation of the description, with some id.
fn operations() -> Vec<(String, String)> {
    let document: serde_json::Value = serde_json::from_str(&sanzao_api::openapi()).unwrap();
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            let path = path.replace("{id}", "ffffffffffffffffffffffffffffffff");
            operations.push((method.to_uppercase(), path));
        }
    }
    operations
}

fn body(method: &str) -> Option<&'static [u8]> {
    (method == "POST").then_some(b"")
}

#[test]
fn only_the_token_opens() {
    let platform = Platform::with_work();
    let token = platform.token.as_str();
    let short = &token[..token.len() - 1];
    for (method, path) in operations() {
        for value in ["", "Basic eA==", &format!("Bearer {short}"), &format!("Bearer  {token}"), token] {
            let answer = platform.send(&method, &path, &[("authorization", value)], body(&method));
            if path.starts_with("/v1/session") && (method != "GET" || path.contains("oidc")) {
                // Whoever signs in is not known yet; whoever signs out was.
                assert!([401, 404, 415].contains(&answer.status), "{method} {path} {}", answer.status);
            } else if path.starts_with("/v1/") {
                answer.is_problem(401, "unauthorized");
                assert!(answer.header("www-authenticate").starts_with("Bearer"));
            } else {
                assert_eq!(answer.status, 200, "{path}");
            }
        }
        let lower = format!("bearer {token}");
        let answer = platform.send(&method, &path, &[("authorization", &lower)], body(&method));
        assert_ne!(answer.status, 401, "{path}");
    }
}

#[test]
fn every_described_operation_is_there() {
    let platform = Platform::start();
    for (method, path) in operations() {
        let answer = platform.send(&method, &path, &[], body(&method));
        assert_ne!(answer.status, 405, "{method} {path}");
        assert!(!answer.text.contains("no such endpoint"), "{method} {path}");
    }
}

#[test]
fn every_answer_is_guarded_and_named() {
    let platform = Platform::start();
    for (path, status) in [("/livez", 200), ("/v1/alerts", 200), ("/v1/alerts?x=1", 400), ("/none", 404)] {
        let answer = platform.send("GET", path, &[("x-request-id", "trace.7_a-b")], None);
        assert_eq!(answer.status, status);
        assert_eq!(answer.header("x-request-id"), "trace.7_a-b");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert!(answer.header("content-security-policy").starts_with("default-src 'none'"));
    }
    let own = platform.get("/livez").header("x-request-id").to_owned();
    assert!(!own.is_empty());
    assert_ne!(platform.get("/livez").header("x-request-id"), own);
    let names_somebody = ["320614193001010016", "a-320614.19300101_0016", "tel-13812345678"];
    for bad in ["with space", "", "a/b", &"x".repeat(65)].into_iter().chain(names_somebody) {
        let answer = platform.send("GET", "/livez", &[("x-request-id", bad)], None);
        let id = answer.header("x-request-id");
        assert!(!id.is_empty() && id != bad, "{bad}: {id}");
    }
}

#[test]
fn bodies_come_as_they_are() {
    let platform = Platform::with_work();
    let posts = operations().into_iter().filter(|(method, _)| method == "POST");
    let mut checked = 0;
    for (method, path) in posts {
        let answer = platform.send(&method, &path, &[("content-encoding", "gzip")], Some(b"\x1f\x8b"));
        answer.is_problem(415, "media-type");
        assert!(answer.json()["detail"].as_str().unwrap().contains("content-encoding"), "{answer:?}");
        assert_eq!(answer.header("accept-encoding"), "identity");
        checked += 1;
        if path.starts_with("/v1/session") {
            continue;
        }
        let stranger = [("content-encoding", "gzip"), ("authorization", "Bearer none")];
        platform.send(&method, &path, &stranger, Some(b"")).is_problem(401, "unauthorized");
    }
    assert_eq!(checked, 25);
    let headers = [("content-type", "application/cloudevents+json"), ("content-encoding", "identity")];
    let body = br#"{"source":"/320614/police","id":"1"}"#;
    assert_eq!(platform.send("POST", "/v1/events", &headers, Some(body)).status, 202);
}

#[test]
fn what_is_not_there_is_a_problem() {
    let platform = Platform::start();
    for path in ["/", "/v1", "/v1/people", "/v2/alerts", "/v1/alerts/", "/v1/alerts/x/open"] {
        platform.get(path).is_problem(404, "not-found");
    }
    for (method, path, allowed) in [
        ("DELETE", "/v1/alerts", "GET"),
        ("GET", "/v1/events", "POST"),
        ("POST", "/v1/alerts", "GET"),
        ("PUT", "/livez", "GET"),
    ] {
        let answer = platform.send(method, path, &[], matches!(method, "POST" | "PUT").then_some(b""));
        answer.is_problem(405, "method-not-allowed");
        assert!(answer.header("allow").contains(allowed), "{answer:?}");
    }
    // Also for whoever comes to sign in.
    let answer = platform.bare("PUT", "/v1/session", &[], Some(b""));
    answer.is_problem(405, "method-not-allowed");
    for allowed in ["GET", "POST", "DELETE"] {
        assert!(answer.header("allow").contains(allowed), "{answer:?}");
    }
}

#[test]
fn probes_say_how_it_is() {
    let platform = Platform::start();
    assert_eq!(platform.get("/readyz").json()["status"], "ready");
    platform.stages.be_unready("catching up: 1200 records behind");
    let answer = platform.get("/readyz");
    answer.is_problem(503, "unavailable");
    assert_eq!(answer.json()["reasons"][0], "catching up: 1200 records behind");
    assert!(!answer.header("retry-after").is_empty());
    assert_eq!(platform.get("/livez").json()["status"], "live");
    let described = platform.get("/openapi.json");
    assert_eq!(described.header("content-type"), "application/json");
    assert_eq!(described.text, sanzao_api::openapi());
}

#[test]
fn metrics_name_no_one() {
    let platform = Platform::with_work();
    let id = platform.alert();
    platform.get(&format!("/v1/alerts/{id}"));
    platform.get("/v1/alerts?rule=a-secret-rule");
    platform.get("/a-secret-path");
    platform.send("POST", &format!("/v1/alerts/{id}"), &[], Some(b""));
    let answer = platform.get("/metrics");
    assert!(answer.header("content-type").starts_with("text/plain; version=0.0.4"));
    for line in [
        "sanzao_intake_events_total 7\n",
        "sanzao_api_requests_total{method=\"GET\",route=\"/v1/alerts/{id}\",status=\"200\"} 1\n",
        "sanzao_api_requests_total{method=\"POST\",route=\"/v1/alerts/{id}\",status=\"405\"} 1\n",
        "sanzao_api_requests_total{method=\"GET\",route=\"/v1/alerts\",status=\"200\"} 2\n",
        "sanzao_api_requests_total{method=\"GET\",route=\"unmatched\",status=\"404\"} 1\n",
        "sanzao_api_request_duration_seconds_bucket{method=\"GET\",route=\"/v1/alerts\",status=\"200\",le=\"+Inf\"} 2\n",
    ] {
        assert!(answer.text.contains(line), "{line}{}", answer.text);
    }
    assert!(!answer.text.contains(&id) && !answer.text.contains("secret"), "{}", answer.text);
}

#[test]
fn it_stops_when_told_to() {
    let mut platform = Platform::start();
    assert_eq!(platform.get("/livez").status, 200);
    platform.stop().unwrap();
    assert!(std::net::TcpStream::connect(platform.address).is_err());
}
