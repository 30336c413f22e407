use super::*;

#[test]
fn a_password_is_shown_nowhere() {
    let sasl = Sasl {
        mechanism: ScramMechanism::Sha512,
        username: "intake".into(),
        password: Password::new("geheim"),
    };
    let mut config = crate::KafkaConfig::new("broker:9093", "t");
    config.sasl = Some(sasl);
    let shown = format!("{config:?}");
    assert!(shown.contains("intake") && !shown.contains("geheim"), "{shown}");
}

#[test]
fn mechanisms_that_hand_out_the_password_are_unknown() {
    assert_eq!("SCRAM-SHA-256".parse::<ScramMechanism>().unwrap(), ScramMechanism::Sha256);
    for other in ["PLAIN", "SCRAM-SHA-1", "scram-sha-512", ""] {
        let error = other.parse::<ScramMechanism>().unwrap_err().to_string();
        assert!(error.contains("use SCRAM-SHA-512 or SCRAM-SHA-256"), "{error}");
    }
}
