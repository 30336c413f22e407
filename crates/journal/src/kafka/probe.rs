//! What is wrong with the way to the brokers, found out by going it: librdkafka tries for ever and says little of why.
//!
//! Each bootstrap server is asked in the way that is configured, and where it does not answer in the other one, with one
//! request of the protocol: with what SASL mechanisms it wants to be spoken to.

use std::io::{self, Read, Write};
use std::net::{IpAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;

use openssl::error::ErrorStack;
use openssl::ssl::{
    HandshakeError, Ssl, SslContext, SslFiletype, SslMethod, SslStream, SslVerifyMode, SslVersion,
};
use openssl::x509::X509VerifyResult;

use super::KafkaConfig;
use crate::{Security, Tls};

/// How long one step of a probe may take: brokers that are there answer in milliseconds.
const STEP: Duration = Duration::from_secs(1);

/// `SaslHandshake` version 1 without a client id, for a mechanism that no broker knows; every broker since 0.10 takes it.
/// A listener with SASL answers with error 33 and its mechanisms, one without with error 34.
const HANDSHAKE: &[u8] = b"\0\0\0\x0d\0\x11\0\x01\0\0\0\x01\xff\xff\0\x01-";

/// The longest answer that is read.
const ANSWER_BYTES: usize = 4096;

enum Answer {
    /// It answers as it is asked: it is not the configuration.
    Fits,
    /// It does not answer, or not as a broker.
    Nothing,
    /// What must be changed.
    Wrong(String),
}

/// What must be changed before any of the bootstrap servers takes this client. Nothing if one does, if none is there, and
/// if the user's password is wrong: that librdkafka says.
pub(super) fn what_is_wrong(config: &KafkaConfig) -> Option<String> {
    let mut wrong = None;
    for server in config.bootstrap_servers.split(',').map(str::trim) {
        // As librdkafka takes it: a protocol before the name changes nothing.
        let address = server.split_once("://").map_or(server, |(_, address)| address);
        match examine(config, address) {
            Answer::Fits => return None,
            Answer::Nothing => {}
            Answer::Wrong(what) => wrong = wrong.or(Some(format!("{address} {what}"))),
        }
    }
    wrong
}

fn examine(config: &KafkaConfig, address: &str) -> Answer {
    let Ok(stream) = connect(address) else { return Answer::Nothing };
    match &config.security {
        Security::Plaintext => match ask(stream) {
            Ok(mechanisms) => compare(config, &mechanisms),
            Err(_) if speaks_tls(address) => Answer::Wrong(
                "wants TLS, and is spoken to in plain text; set [kafka] security = \"tls\", or name its other port"
                    .into(),
            ),
            Err(_) => Answer::Nothing,
        },
        Security::Tls(tls) => match shake_hands(tls, address, stream) {
            Ok(stream) => match ask(stream) {
                Ok(mechanisms) => compare(config, &mechanisms),
                Err(error) => alert(tls, &error.to_string()).map_or(Answer::Nothing, Answer::Wrong),
            },
            Err(Some(wrong)) => Answer::Wrong(wrong),
            Err(None) if connect(address).and_then(ask).is_ok() => Answer::Wrong(
                "speaks no TLS; name its port for TLS (which the broker's listeners tell)".into(),
            ),
            Err(None) => Answer::Nothing,
        },
    }
}

fn connect(address: &str) -> io::Result<TcpStream> {
    let address = address.to_socket_addrs()?.next().ok_or(io::ErrorKind::NotFound)?;
    let stream = TcpStream::connect_timeout(&address, STEP)?;
    stream.set_read_timeout(Some(STEP))?;
    stream.set_write_timeout(Some(STEP))?;
    Ok(stream)
}

/// The SASL mechanisms of a listener; none if it wants no user.
fn ask(mut stream: impl Read + Write) -> io::Result<Vec<String>> {
    stream.write_all(HANDSHAKE)?;
    let mut size = [0; 4];
    stream.read_exact(&mut size)?;
    let size = u32::from_be_bytes(size) as usize;
    if !(10..=ANSWER_BYTES).contains(&size) {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut answer = vec![0; size];
    stream.read_exact(&mut answer)?;
    mechanisms(&answer).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// Correlation id, error, and names with their lengths.
fn mechanisms(answer: &[u8]) -> Option<Vec<String>> {
    let (head, mut rest) = answer.split_at_checked(10)?;
    let count = match head {
        [0, 0, 0, 1, 0, 33 | 34, a, b, c, d] => u32::from_be_bytes([*a, *b, *c, *d]),
        _ => return None,
    };
    let mut names = Vec::new();
    for _ in 0..count {
        let (length, behind) = rest.split_first_chunk()?;
        let (name, behind) = behind.split_at_checked(u16::from_be_bytes(*length).into())?;
        names.push(String::from_utf8_lossy(name).into_owned());
        rest = behind;
    }
    Some(names)
}

fn compare(config: &KafkaConfig, mechanisms: &[String]) -> Answer {
    let taken = mechanisms.join(", ");
    match &config.sasl {
        None if mechanisms.is_empty() => Answer::Fits,
        None => Answer::Wrong(format!(
            "wants a user and a password ({taken}), and none are configured; set [kafka.sasl], or name its other port"
        )),
        Some(_) if mechanisms.is_empty() => Answer::Wrong(
            "asks for no user, and one is configured; name its port for SASL, or remove [kafka.sasl]".into(),
        ),
        Some(sasl) if mechanisms.iter().any(|name| name == sasl.mechanism.as_str()) => Answer::Fits,
        Some(sasl) => Answer::Wrong(format!(
            "does not know mechanism {}; set [kafka.sasl] mechanism to one of {taken}",
            sasl.mechanism.as_str()
        )),
    }
}

/// TLS as librdkafka does it; without a reason if what answers speaks no TLS.
fn shake_hands(tls: &Tls, address: &str, stream: TcpStream) -> Result<SslStream<TcpStream>, Option<String>> {
    let host = host(address);
    let handshake = handshake(tls, host).map_err(|error| Some(format!("cannot be spoken to: {error}")))?;
    let failed = match handshake.connect(stream) {
        Ok(stream) => return Ok(stream),
        Err(HandshakeError::Failure(failed)) => failed,
        Err(HandshakeError::SetupFailure(_) | HandshakeError::WouldBlock(_)) => return Err(None),
    };
    match failed.ssl().verify_result() {
        X509VerifyResult::OK => Err(alert(tls, &failed.error().to_string())),
        refused => Err(Some(distrust(tls, host, refused))),
    }
}

fn handshake(tls: &Tls, host: &str) -> Result<Ssl, ErrorStack> {
    let mut context = SslContext::builder(SslMethod::tls_client())?;
    context.set_min_proto_version(Some(SslVersion::TLS1_2))?;
    context.set_verify(SslVerifyMode::PEER);
    match &tls.ca_file {
        Some(path) => context.set_ca_file(path)?,
        None => context.set_default_verify_paths()?,
    }
    if let Some(client) = &tls.client {
        context.set_certificate_chain_file(&client.certificate_file)?;
        context.set_private_key_file(&client.key_file, SslFiletype::PEM)?;
    }
    let mut ssl = Ssl::new(&context.build())?;
    match host.parse::<IpAddr>() {
        Ok(address) => ssl.param_mut().set_ip(address)?,
        Err(_) => {
            ssl.set_hostname(host)?;
            ssl.param_mut().set_host(host)?;
        }
    }
    Ok(ssl)
}

fn distrust(tls: &Tls, host: &str, refused: X509VerifyResult) -> String {
    let why = refused.error_string();
    // Numbers of OpenSSL's x509_vfy.h.
    let what = match refused.as_raw() {
        // not yet valid, expired
        9 | 10 => "renew the broker's certificate, or set the clock of this machine".to_owned(),
        // host name, IP address
        62 | 64 => format!("reach it by a name that is in it, or have one made for {host}"),
        _ => match &tls.ca_file {
            Some(path) => format!("put the authority that signed it into ca_file {}", path.display()),
            None => "name the authority that signed it in [kafka] ca_file".to_owned(),
        },
    };
    format!("shows a certificate that is not trusted ({why}); {what}")
}

/// What a broker that breaks off a handshake wants: it tells a client so only about its certificate.
fn alert(tls: &Tls, error: &str) -> Option<String> {
    let told = error.split(':').find(|part| part.contains("alert"))?.trim();
    if told.contains("protocol version") {
        return Some(format!("speaks no TLS of version 1.2 or later ({told}); bring the broker up to date"));
    }
    Some(match &tls.client {
        None => {
            format!("wants a certificate of the client ({told}); set [kafka] certificate_file and key_file")
        }
        Some(client) => format!(
            "does not take the client's certificate ({told}); use one that is valid and of an authority that it trusts, \
             in certificate_file {}",
            client.certificate_file.display()
        ),
    })
}

fn speaks_tls(address: &str) -> bool {
    let Ok(mut context) = SslContext::builder(SslMethod::tls_client()) else { return false };
    // Nothing is sent over it: it does not matter who it is.
    context.set_verify(SslVerifyMode::NONE);
    let Ok(ssl) = Ssl::new(&context.build()) else { return false };
    let Ok(stream) = connect(address) else { return false };
    match ssl.connect(stream) {
        Ok(_) => true,
        // It breaks off for want of a certificate.
        Err(HandshakeError::Failure(failed)) => failed.error().to_string().contains("alert"),
        Err(_) => false,
    }
}

/// The name or number without the port.
fn host(address: &str) -> &str {
    let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
    host.trim_start_matches('[').trim_end_matches(']')
}

#[cfg(test)]
mod tests;
