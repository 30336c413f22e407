//! TLS, users and rights at a real broker: what is taken, and what each mistake says and how soon. Needs what
//! `deploy/kafka/kafka.sh env` prints. The conformance suite runs over TLS in tests/conformance.rs.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::single_range_in_vec_init, reason = "tests")]

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use sanzao_journal::{
    ClientCertificate, ErrorClass, Journal, JournalError, KafkaConfig, KafkaJournal, NewRecord, Password,
    Sasl, ScramMechanism, Security, Stream, Tls, Topic, TopicLayout, Write,
};

/// How soon a mistake is to be told at the latest. Brokers wait 100 ms before they refuse a password.
const SOON: Duration = Duration::from_secs(8);

/// What `kafka.sh env` says.
struct Brokers {
    plaintext: String,
    tls: String,
    sasl: String,
    mutual: String,
    ca: PathBuf,
    certificate: PathBuf,
    key: PathBuf,
    user: String,
    password: String,
    stranger: String,
    stranger_password: String,
}

/// None where no broker is, which is said, and fails where `CI` is set.
fn brokers() -> Option<Brokers> {
    let variable = |name: &str| {
        let value = std::env::var(name);
        if value.is_err() {
            let said = format!("the tests of TLS did not run: {name} is not set (deploy/kafka/kafka.sh env)");
            std::io::stderr().write_all(format!("\n*** {said} ***\n\n").as_bytes()).unwrap();
            assert!(std::env::var_os("CI").is_none(), "{said}");
        }
        value.ok()
    };
    let password = |name| Some(fs::read_to_string(variable(name)?).unwrap().trim_end().to_owned());
    Some(Brokers {
        plaintext: variable("SANZAO_KAFKA")?,
        tls: variable("SANZAO_KAFKA_TLS")?,
        sasl: variable("SANZAO_KAFKA_SASL")?,
        mutual: variable("SANZAO_KAFKA_MUTUAL")?,
        ca: variable("SANZAO_KAFKA_CA")?.into(),
        certificate: variable("SANZAO_KAFKA_CERTIFICATE")?.into(),
        key: variable("SANZAO_KAFKA_KEY")?.into(),
        user: variable("SANZAO_KAFKA_USER")?,
        password: password("SANZAO_KAFKA_PASSWORD_FILE")?,
        stranger: variable("SANZAO_KAFKA_STRANGER")?,
        stranger_password: password("SANZAO_KAFKA_STRANGER_PASSWORD_FILE")?,
    })
}

impl Brokers {
    fn over_tls(&self, servers: &str) -> KafkaConfig {
        let tls = Tls { ca_file: Some(self.ca.clone()), client: None };
        KafkaConfig { security: Security::Tls(tls), ..KafkaConfig::new(servers, "secure") }
    }

    fn as_user(&self, username: &str, password: &str) -> KafkaConfig {
        let (mechanism, username) = (ScramMechanism::Sha512, username.to_owned());
        let sasl = Sasl { mechanism, username, password: Password::new(password) };
        KafkaConfig { sasl: Some(sasl), ..self.over_tls(&self.sasl) }
    }

    fn with_certificate(&self, servers: &str, certificate: &Path, key: &Path) -> KafkaConfig {
        let client = ClientCertificate { certificate_file: certificate.to_owned(), key_file: key.to_owned() };
        let tls = Tls { ca_file: Some(self.ca.clone()), client: Some(client) };
        KafkaConfig { security: Security::Tls(tls), ..KafkaConfig::new(servers, "secure") }
    }
}

/// A topic that no other run has.
fn topic(name: &str) -> Topic {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Topic::new(format!("s{:x}-{}.{name}", now.as_millis(), std::process::id())).unwrap()
}

/// Connecting must be refused soon, with these words.
fn refused(what: &str, config: KafkaConfig, words: &[&str]) {
    let start = Instant::now();
    let error = KafkaJournal::connect(config).err().unwrap_or_else(|| panic!("{what}: it was taken"));
    println!("{what}, after {:.2?}: {error}", start.elapsed());
    assert!(matches!(error, JournalError::Refused { .. }), "{what}: {error}");
    assert!(start.elapsed() < SOON, "{what}: told after {:?}", start.elapsed());
    for word in words {
        assert!(error.to_string().contains(word), "{what}: {error} does not say {word}");
    }
}

fn works(config: KafkaConfig, name: &str) {
    let journal = KafkaJournal::connect(config).unwrap();
    let stream = Stream::new(topic(name), 0);
    journal.ensure_topics(&[TopicLayout::forever(stream.topic.clone(), 1)]).unwrap();
    let record = NewRecord { value: name.into(), ..NewRecord::default() };
    assert_eq!(journal.write(Write::append(stream.clone(), vec![record])).unwrap(), [0..1]);
    assert_eq!(journal.read(&stream, 0, 1000).unwrap().records[0].value, name.as_bytes());
}

#[test]
fn a_client_shows_its_certificate_where_one_is_wanted() {
    let Some(brokers) = brokers() else { return };
    works(brokers.with_certificate(&brokers.mutual, &brokers.certificate, &brokers.key), "mutual");
    works(brokers.with_certificate(&brokers.tls, &brokers.certificate, &brokers.key), "requested");
    let wanted = ["wants a certificate of the client", "set [kafka] certificate_file"];
    refused("no certificate", brokers.over_tls(&brokers.mutual), &wanted);
    // One that no broker has heard of.
    let folder = tempfile::tempdir().unwrap();
    let own = Authority::new(folder.path());
    let (certificate, key) = own.sign("stranger", "DNS:stranger", 30);
    refused(
        "foreign certificate",
        brokers.with_certificate(&brokers.mutual, &certificate, &key),
        &["does not take the client's certificate", certificate.to_str().unwrap()],
    );
}

#[test]
fn files_that_cannot_be_used_are_named() {
    let Some(brokers) = brokers() else { return };
    let (nowhere, folder) = (Path::new("/nowhere/ca.crt"), tempfile::tempdir().unwrap());
    let text = folder.path().join("text");
    fs::write(&text, "no certificate").unwrap();
    let ca = |path: &Path| KafkaConfig {
        security: Security::Tls(Tls { ca_file: Some(path.to_owned()), client: None }),
        ..KafkaConfig::new("127.0.0.1:1", "secure")
    };
    refused("ca missing", ca(nowhere), &["ca_file /nowhere/ca.crt cannot be read", "correct the path"]);
    refused("ca a folder", ca(folder.path()), &["cannot be read"]);
    refused("ca no pem", ca(&text), &["holds no certificate in PEM", text.to_str().unwrap()]);
    let client = |certificate: &Path, key: &Path| brokers.with_certificate("127.0.0.1:1", certificate, key);
    refused("key missing", client(&brokers.certificate, nowhere), &["key_file /nowhere/ca.crt"]);
    refused("key no pem", client(&brokers.certificate, &text), &["holds no private key"]);
    refused("key of another", client(&brokers.ca, &brokers.key), &["is not the key of"]);
    let locked = folder.path().join("locked.key");
    let lock = ["pkey", "-aes256", "-passout", "pass:x", "-in", brokers.key.to_str().unwrap(), "-out"];
    run_openssl(folder.path(), &[&lock[..], &["locked.key"]].concat());
    refused("key with a pass phrase", client(&brokers.certificate, &locked), &["without a pass phrase"]);
}

#[test]
fn certificates_of_brokers_are_checked() {
    let Some(brokers) = brokers() else { return };
    let folder = tempfile::tempdir().unwrap();
    let own = Authority::new(folder.path());
    // An authority that did not sign the broker; and those of the system, which did not either.
    let mut config = brokers.over_tls(&brokers.tls);
    config.security = Security::Tls(Tls { ca_file: Some(own.certificate()), client: None });
    refused("other authority", config.clone(), &["not trusted", "put the authority", "own.crt"]);
    config.security = Security::Tls(Tls::default());
    refused("authorities of the system", config, &["not trusted", "[kafka] ca_file"]);

    let reach = |server: &Server, name: &str| KafkaConfig {
        security: Security::Tls(Tls { ca_file: Some(own.certificate()), client: None }),
        ..KafkaConfig::new(format!("{name}:{}", server.port), "secure")
    };
    let (certificate, key) = own.sign("expired", "IP:127.0.0.1,DNS:localhost", -1);
    let server = Server::start(&certificate, &key, &[]);
    refused("expired", reach(&server, "127.0.0.1"), &["certificate has expired", "renew"]);
    let (certificate, key) = own.sign("other", "DNS:other.example", 30);
    let server = Server::start(&certificate, &key, &[]);
    let names = ["mismatch", "reach it by a name that is in it", "made for 127.0.0.1"];
    refused("address of another", reach(&server, "127.0.0.1"), &names);
    refused("name of another", reach(&server, "localhost"), &["mismatch", "made for localhost"]);
    let (certificate, key) = own.sign("old", "IP:127.0.0.1", 30);
    let server = Server::start(&certificate, &key, &["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"]);
    refused("TLS 1.1", reach(&server, "127.0.0.1"), &["speaks no TLS of version 1.2 or later"]);
    // The broker itself, by an address that is not in its certificate.
    let elsewhere = forward("127.0.0.2:0", brokers.tls.clone());
    refused("the broker elsewhere", brokers.over_tls(&elsewhere), &["mismatch", "made for 127.0.0.2"]);
    // The broker's own is of both.
    works(brokers.over_tls(&brokers.tls.replace("127.0.0.1", "localhost")), "localhost");
}

#[test]
fn the_wrong_door_is_told_by_name() {
    let Some(brokers) = brokers() else { return };
    let plaintext = |servers: &str| KafkaConfig::new(servers, "secure");
    let user = brokers.as_user(&brokers.user, &brokers.password);
    let user_at = |servers: &str| KafkaConfig { bootstrap_servers: servers.into(), ..user.clone() };
    let tls = "wants TLS, and is spoken to in plain text; set [kafka] security = \"tls\"";
    refused("plain text to TLS", plaintext(&brokers.tls), &[tls, &brokers.tls]);
    refused("plain text to SASL", plaintext(&brokers.sasl), &[tls]);
    refused("plain text to mutual TLS", plaintext(&brokers.mutual), &[tls]);
    refused("TLS to plain text", brokers.over_tls(&brokers.plaintext), &["speaks no TLS"]);
    refused("user to plain text", user_at(&brokers.plaintext), &["speaks no TLS"]);
    refused("user to TLS", user_at(&brokers.tls), &["asks for no user"]);
    refused("nobody to SASL", brokers.over_tls(&brokers.sasl), &["wants a user", "set [kafka.sasl]"]);
    let sasl = Some(user.sasl.clone().unwrap());
    refused("user in plain text", KafkaConfig { sasl, ..plaintext(&brokers.tls) }, &[tls]);
    // One of two that takes the client is enough; and one that is not there says nothing about the configuration.
    works(brokers.over_tls(&format!("{},{}", brokers.plaintext, brokers.tls)), "two");
    let one_away = format!("127.0.0.1:1,{}", brokers.plaintext);
    refused("one of two away", brokers.over_tls(&one_away), &["speaks no TLS"]);
}

#[test]
fn a_wrong_password_is_refused() {
    let Some(brokers) = brokers() else { return };
    let words = ["invalid credentials", "correct user", &brokers.user];
    refused("wrong password", brokers.as_user(&brokers.user, "wrong"), &words);
    refused("unknown user", brokers.as_user("nobody", &brokers.password), &["correct user nobody"]);
    for word in [&brokers.password, "wrong"] {
        let config = brokers.as_user(&brokers.user, &format!("{word}x"));
        let error = KafkaJournal::connect(config).err().unwrap().to_string();
        assert!(!error.contains(word), "{error}");
    }
}

#[test]
fn what_is_not_permitted_is_refused() {
    let Some(brokers) = brokers() else { return };
    let owner = KafkaJournal::connect(brokers.as_user(&brokers.user, &brokers.password)).unwrap();
    let stream = Stream::new(topic("theirs"), 0);
    let layout = [TopicLayout::forever(stream.topic.clone(), 1)];
    owner.ensure_topics(&layout).unwrap();
    let stranger = brokers.as_user(&brokers.stranger, &brokers.stranger_password);
    let stranger = KafkaJournal::connect(stranger).unwrap();
    let append = || Write::append(stream.clone(), vec![NewRecord::default()]);
    type Call<'a> = &'a dyn Fn() -> Result<(), JournalError>;
    let calls: [(&str, Call<'_>); 5] = [
        ("ensure", &|| stranger.ensure_topics(&layout)),
        ("partitions", &|| stranger.partitions(&stream.topic).map(drop)),
        ("write", &|| stranger.write(append()).map(drop)),
        ("read", &|| stranger.read(&stream, 0, 1000).map(drop)),
        ("committed", &|| stranger.committed("c", &stream).map(drop)),
    ];
    for (what, call) in calls {
        let start = Instant::now();
        let error = call().unwrap_err();
        println!("{what} without permission, after {:.2?}: {error}", start.elapsed());
        assert!(matches!(error, JournalError::Refused { .. }), "{what}: {error}");
        assert!(error.to_string().contains("kafka-acls --add"), "{what}: {error}");
        assert!(start.elapsed() < SOON, "{what}: told after {:?}", start.elapsed());
    }
    assert_eq!(owner.write(append()).unwrap(), [0..1], "the stranger's record was taken");
}

/// A broker takes a password a moment after it was set.
fn until_taken(brokers: &Brokers, password: &str) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while let Err(error) = KafkaJournal::connect(brokers.as_user("rotated", password)) {
        assert!(Instant::now() < deadline, "{error}");
    }
}

/// Whoever runs already waits: passwords are changed at brokers and at clients one after the other.
#[test]
fn a_password_that_is_changed_under_a_running_client_can_be_changed_back() {
    let Some(brokers) = brokers() else { return };
    set_password(&brokers.plaintext, "first");
    until_taken(&brokers, "first");
    let mut config = brokers.as_user("rotated", "first");
    config.timeout = Duration::from_secs(3);
    let journal = KafkaJournal::connect(config).unwrap();
    let stream = Stream::new(topic("rotated"), 0);
    journal.ensure_topics(&[TopicLayout::forever(stream.topic.clone(), 1)]).unwrap();
    journal.write(Write::append(stream.clone(), vec![NewRecord::default()])).unwrap();
    set_password(&brokers.plaintext, "second");
    until_taken(&brokers, "second");
    // A first read connects anew.
    let error = journal.read(&stream, 0, 1000).unwrap_err();
    println!("changed while running: {error}");
    assert_eq!(error.class(), ErrorClass::Retry, "{error}");
    for word in ["invalid credentials", "change the configuration too"] {
        assert!(error.to_string().contains(word), "{error} does not say {word}");
    }
    assert!(!error.to_string().contains("first"), "{error}");
    refused("the former password", brokers.as_user("rotated", "first"), &["invalid credentials"]);
    set_password(&brokers.plaintext, "first");
    let deadline = Instant::now() + Duration::from_secs(30);
    while let Err(error) = journal.read(&stream, 0, 1000) {
        assert!(Instant::now() < deadline, "it did not go on by itself: {error}");
    }
}

/// Makes the user `rotated`, or gives it another password: `AlterUserScramCredentials` version 0, which no client library
/// here has.
fn set_password(servers: &str, password: &str) {
    const ITERATIONS: usize = 4096;
    let (salt, mut salted) = ([7; 16], [0; 64]);
    let sha512 = openssl::hash::MessageDigest::sha512();
    openssl::pkcs5::pbkdf2_hmac(password.as_bytes(), &salt, ITERATIONS, sha512, &mut salted).unwrap();
    // Lengths are one more than they are, in a byte.
    let compact = |bytes: &[u8]| [&[u8::try_from(bytes.len()).unwrap() + 1], bytes].concat();
    let head = [0, 51, 0, 0, 0, 0, 0, 1, 0xff, 0xff, 0];
    let iterations = u32::try_from(ITERATIONS).unwrap().to_be_bytes();
    let (nothing_deleted, one_added, sha512, end) = ([1], [2], [2], [0, 0]);
    let body = [
        &head[..],
        &nothing_deleted,
        &one_added,
        &compact(b"rotated"),
        &sha512,
        &iterations,
        &compact(&salt),
        &compact(&salted),
        &end,
    ]
    .concat();
    let mut stream = TcpStream::connect(servers).unwrap();
    stream.write_all(&u32::try_from(body.len()).unwrap().to_be_bytes()).unwrap();
    stream.write_all(&body).unwrap();
    let mut size = [0; 4];
    stream.read_exact(&mut size).unwrap();
    let mut answer = vec![0; u32::from_be_bytes(size) as usize];
    stream.read_exact(&mut answer).unwrap();
    // Correlation id, tags, throttling, one result, its user, error 0.
    let result = &answer[4 + 1 + 4..];
    assert_eq!(result[..11], *b"\x02\x08rotated\0\0", "{answer:?}");
}

/// An authority of a test's own.
struct Authority {
    folder: PathBuf,
}

fn run_openssl(folder: &Path, arguments: &[&str]) {
    let output = Command::new("openssl").args(arguments).current_dir(folder).output();
    let output = output.expect("openssl is needed to make certificates: install it");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

const KEY: [&str; 5] = ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];

impl Authority {
    fn new(folder: &Path) -> Self {
        run_openssl(folder, &[&KEY[..], &["-out", "own.key"]].concat());
        run_openssl(
            folder,
            &["req", "-x509", "-new", "-key", "own.key", "-subj", "/CN=own", "-out", "own.crt"],
        );
        Self { folder: folder.to_owned() }
    }

    fn certificate(&self) -> PathBuf {
        self.folder.join("own.crt")
    }

    /// A certificate for these names and its key; of so many days, counted from now.
    fn sign(&self, name: &str, names: &str, days: i32) -> (PathBuf, PathBuf) {
        let file = |end: &str| format!("{name}.{end}");
        fs::write(self.folder.join(file("ext")), format!("subjectAltName={names}\n")).unwrap();
        run_openssl(&self.folder, &[&KEY[..], &["-out", &file("key")]].concat());
        let request = ["req", "-new", "-subj", "/CN=x", "-key", &file("key"), "-out", &file("csr")];
        run_openssl(&self.folder, &request);
        let (days, own) = (days.to_string(), ["-CA", "own.crt", "-CAkey", "own.key", "-CAcreateserial"]);
        let sign = ["x509", "-req", "-in", &file("csr"), "-days", &days, "-extfile", &file("ext"), "-out"];
        run_openssl(&self.folder, &[&sign[..], &[&file("crt")], &own].concat());
        (self.folder.join(file("crt")), self.folder.join(file("key")))
    }
}

/// Passes connections on; returns where it listens. Its threads end with the connections, or with the test.
fn forward(listen: &str, to: String) -> String {
    let listener = TcpListener::bind(listen).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        while let Ok((client, _)) = listener.accept() {
            let broker = TcpStream::connect(&to).unwrap();
            for (mut from, mut to) in
                [(client.try_clone().unwrap(), broker.try_clone().unwrap()), (broker, client)]
            {
                thread::spawn(move || {
                    // Whoever breaks off ends both directions.
                    let _ = std::io::copy(&mut from, &mut to);
                    let _ = to.shutdown(Shutdown::Both);
                });
            }
        }
    });
    address
}

/// Something that speaks TLS with a certificate: no broker gets as far as that.
struct Server {
    process: Child,
    port: u16,
}

impl Server {
    fn start(certificate: &Path, key: &Path, more: &[&str]) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let process = Command::new("openssl")
            .args(["s_server", "-quiet", "-accept", &port.to_string(), "-cert"])
            .arg(certificate)
            .arg("-key")
            .arg(key)
            .args(more)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let deadline = Instant::now() + Duration::from_secs(10);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < deadline, "openssl s_server does not listen on {port}");
            thread::sleep(Duration::from_millis(10));
        }
        Self { process, port }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}
