//! The committed description of the API is the one that the code gives.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

use std::path::Path;

#[test]
fn the_committed_description_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/openapi.json");
    let current = sanzao_api::openapi();
    if std::env::var_os("SANZAO_BLESS").is_some_and(|value| value == "1") {
        std::fs::write(&path, &current).unwrap();
        return;
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    let differs =
        committed.lines().zip(current.lines()).position(|(committed, current)| committed != current);
    assert!(
        committed == current,
        "schemas/openapi.json is not current (first difference in line {}): run \
         `SANZAO_BLESS=1 cargo test -p sanzao-api --test openapi` and read the diff",
        differs.map_or_else(|| committed.lines().count().min(current.lines().count()) + 1, |line| line + 1)
    );
}

/// Each operation says what can go wrong, as problems, and who may ask.
#[test]
fn every_operation_is_described_in_full() {
    let document: serde_json::Value = serde_json::from_str(&sanzao_api::openapi()).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    assert_eq!(document["components"]["securitySchemes"]["token"]["scheme"], "bearer");
    let mut operations = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            operations += 1;
            let text = |key: &str| operation[key].as_str().unwrap_or_default();
            assert!(!text("summary").is_empty() && !text("operationId").is_empty(), "{method} {path}");
            let responses = operation["responses"].as_object().unwrap();
            for (status, response) in responses {
                let problem = status.as_bytes()[0] >= b'4';
                if status == "204" || status == "303" {
                    continue;
                }
                let content = response["content"].as_object().unwrap_or_else(|| panic!("{path} {status}"));
                assert_eq!(content.contains_key("application/problem+json"), problem, "{path} {status}");
                assert!(response["headers"]["X-Request-Id"].is_object(), "{path} {status}");
            }
            if path.starts_with("/v1/") {
                let signs_in = path.starts_with("/v1/session") && operation["security"].is_null();
                let signed_in =
                    path == "/v1/session/password" && operation["security"][0]["session"].is_array();
                assert!(signs_in || signed_in || operation["security"][0]["token"].is_array(), "{path}");
                for status in ["401", "500", "503"] {
                    assert!(responses.contains_key(status), "{path} {status}");
                }
            }
        }
    }
    assert_eq!(operations, 66);
    for path in ["/v1/events", "/v1/alerts/{id}/acts", "/v1/tasks/{id}/acts"] {
        assert!(document["paths"][path]["post"]["responses"]["415"].is_object(), "{path}");
    }
    // No reference leads nowhere.
    let text = document.to_string();
    for reference in text.split("\"$ref\":\"#").skip(1) {
        let pointer = reference.split('"').next().unwrap();
        assert!(document.pointer(pointer).is_some(), "{pointer}");
    }
}
