//! The exchange with departments: a log in memory, and a real outbox.

use std::path::Path;
use std::sync::Mutex;

use sanzao_api::{BackendError, Exchange, RequestError};
use sanzao_exchange::{
    Courier, Endpoint, ExchangeError, Identities, IdentityFault, LogPosition, Outbox, PersonIdentity,
    RequestId, RequestNews, RequestRecord, Requests, Settings, WebhookSecret,
};
use sanzao_model::{Feed, Instant, PersonId};

/// Every record that is appended is taken in at once, by the requests and by the outbox.
pub struct TestExchange {
    log: Mutex<(Vec<RequestRecord>, Requests)>,
    pub outbox: Mutex<Outbox>,
    endpoints: [Endpoint; 2],
    failure: Mutex<Option<BackendError>>,
}

impl TestExchange {
    pub fn open(folder: &Path) -> TestExchange {
        let secret = || WebhookSecret::new(&[7; 32]).unwrap();
        let endpoint = |name: &str, feed| {
            let url = format!("http://127.0.0.1:9/{name}");
            Endpoint::new(name.parse().unwrap(), feed, &url, vec![secret()]).unwrap()
        };
        let endpoints = [endpoint("police", Feed::Police), endpoint("health", Feed::Health)];
        let outbox = Outbox::open(&folder.join("exchange.db"), &endpoints).unwrap();
        let (log, outbox, failure) = (Mutex::default(), Mutex::new(outbox), Mutex::default());
        TestExchange { log, outbox, endpoints, failure }
    }

    /// Has everything that waits die: nobody knows any more about whom it is.
    pub fn forget_everybody(&self) {
        let courier = Courier::new(Settings::default()).unwrap();
        let now = || Instant(1_000_000_000);
        courier.deliver_due(&self.outbox, &self.endpoints, &Nobody, &now, &|| 0).unwrap();
    }

    /// Lets the log take nothing, or everything again.
    pub fn fail(&self, failure: Option<BackendError>) {
        *self.failure.lock().unwrap() = failure;
    }

    /// What was appended.
    pub fn records(&self) -> Vec<RequestRecord> {
        self.log.lock().unwrap().0.clone()
    }

    fn tell(&self, next: u64, news: &[RequestNews]) {
        let mut outbox = self.outbox.lock().unwrap();
        let upto = LogPosition { log: "exchange".into(), partition: 0, next };
        let judged = outbox.judge(upto, &[], &|_| None).unwrap();
        outbox.take_in(&judged, news, Instant(next as i64)).unwrap();
    }
}

/// A vault from which everybody was erased.
struct Nobody;

impl Identities for Nobody {
    fn identity(&self, _: PersonId, _: RequestId) -> Result<PersonIdentity, IdentityFault> {
        Err(IdentityFault::Unknown)
    }
}

impl Exchange for TestExchange {
    fn requests(&self, look: &mut dyn FnMut(&Requests)) -> Result<(), BackendError> {
        look(&self.log.lock().unwrap().1);
        Ok(())
    }

    fn submit(&self, record: &RequestRecord) -> Result<(), RequestError> {
        if let Some(failure) = &*self.failure.lock().unwrap() {
            return Err(failure.clone().into());
        }
        let mut log = self.log.lock().unwrap();
        log.0.push(record.clone());
        let news = log.1.take(record)?;
        self.tell(log.0.len() as u64, &news.into_iter().collect::<Vec<_>>());
        Ok(())
    }

    fn with_outbox(
        &self,
        work: &mut dyn FnMut(&mut Outbox) -> Result<(), ExchangeError>,
    ) -> Result<(), ExchangeError> {
        work(&mut self.outbox.lock().unwrap())
    }
}
