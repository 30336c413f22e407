//! The desk of one feed: takes each event and accepts or refuses it.

use std::fmt;

use sanzao_model::{
    Bureau, Content, EventTag, Fact, Feed, Identity, IdentityBatch, Place, Rejection, Statement, Warning,
};

use crate::aside::Aside;
use crate::contract::RETRACTION;
use crate::envelope::{self, Event, Unpacked};
use crate::fields::Context;
use crate::seal::{Sealer, is_sealed};
use crate::{
    Code, Contract, Fault, Fields, OrderKey, PseudonymKey, Pseudonyms, RawSealer, SealKey, Unsealed,
};

/// An event as it came on a feed.
#[derive(Debug, Clone, Copy)]
pub struct Incoming<'a> {
    /// Its headers: of Kafka as they are, of HTTP as they are (`ce-…`, percent-encoded).
    pub headers: &'a [(String, Vec<u8>)],
    /// Its body.
    pub value: &'a [u8],
    /// Partition of the feed's topic.
    pub partition: u32,
    /// Offset in the feed's topic.
    pub offset: u64,
}

/// An event that is valid. Whether it is a duplicate is for the ledger to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The bureau that receives it.
    pub bureau: Bureau,
    /// What it states.
    pub statement: Statement,
    /// Who the people are that it names by number, each once. For the vault alone, sealed.
    pub identities: Vec<Identity>,
    /// What is odd about it, each once, sorted.
    pub warnings: Vec<Warning>,
    /// The rejected event that it repairs.
    pub repairs: Option<Place>,
}

/// Reads the events of one feed.
pub struct Desk {
    contract: Contract,
    bureaus: Vec<Bureau>,
    pseudonyms: Pseudonyms,
    order: OrderKey,
    sealer: Sealer,
    raw: RawSealer,
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk").field("feed", &self.contract.feed).finish_non_exhaustive()
    }
}

impl Desk {
    /// The desk of a department, for these bureaus.
    pub fn new(
        contract: Contract,
        pseudonym_key: &PseudonymKey,
        seal_key: &SealKey,
        bureaus: impl IntoIterator<Item = Bureau>,
    ) -> Desk {
        Desk {
            contract,
            bureaus: bureaus.into_iter().collect(),
            pseudonyms: Pseudonyms::new(pseudonym_key),
            order: OrderKey::derive(pseudonym_key),
            sealer: Sealer::new(seal_key, contract.feed),
            raw: RawSealer::new(seal_key, contract.feed),
        }
    }

    /// Whose events it reads.
    pub fn feed(&self) -> Feed {
        self.contract.feed
    }

    /// Accepts or refuses an event. Any bytes get an answer, and the same bytes the same answer. A sealed record is
    /// read as what it holds.
    ///
    /// # Errors
    /// The rejection, with its reason and the sealed original: as its sender gave it, or, of a record that does not
    /// open, as it came.
    pub fn read(&self, incoming: &Incoming<'_>) -> Result<Accepted, Box<Rejection>> {
        if !is_sealed(incoming.headers) {
            return self.read_plain(incoming, None);
        }
        let Some(unsealed) = self.raw.open(incoming.value) else {
            let expected =
                "a record that was sealed here for this feed; senders give no header sanzao-sealed";
            return Err(self.refuse(incoming, None, None, Fault::new(Code::SealBroken, "", expected)));
        };
        let plain = Incoming { headers: &unsealed.headers, value: &unsealed.value, ..*incoming };
        self.read_plain(&plain, unsealed.repairs)
    }

    /// A record's event as its sender gave it, sealed or not: for tools that repair what was refused. None when it
    /// is sealed and does not open.
    pub fn original(&self, incoming: &Incoming<'_>) -> Option<Unsealed> {
        self.raw.original(incoming.headers, incoming.value)
    }

    /// Seals identities of one micro-batch for the vault; the same ones make the same bytes.
    pub fn seal_identities(&self, bureau: Bureau, identities: Vec<Identity>) -> IdentityBatch {
        self.sealer.identities(bureau, &identities)
    }

    fn read_plain(
        &self,
        incoming: &Incoming<'_>,
        repairs: Option<Place>,
    ) -> Result<Accepted, Box<Rejection>> {
        let envelope = envelope::read(incoming.headers, incoming.value);
        let envelope = envelope.map_err(|fault| self.refuse(incoming, repairs, None, fault))?;
        let binding = envelope.binding;
        let refuse = |tag, fault: Fault| self.refuse(incoming, repairs, tag, fault.in_header(binding));
        let mut unpacked = Unpacked::default();
        let tag = envelope.name().map(|(source, id)| self.pseudonyms.event(source, id));
        let event = envelope.check(self.contract.feed, &self.bureaus, &mut unpacked);
        let event = event.map_err(|fault| refuse(tag, fault))?;
        let tag = tag.expect("an envelope without source and id does not pass its check");
        let aside = Aside::new(self.contract.feed, event.time);
        let content = self.content(&event, &aside).map_err(|fault| refuse(Some(tag), fault))?;
        let sealed_id = self.order.seal(tag, &event.id);
        let (time, offset) = (event.time, incoming.offset);
        let statement = Statement { event: tag, sealed_id, time, offset, content };
        let (identities, warnings) = aside.finish();
        Ok(Accepted { bureau: event.bureau, statement, identities, warnings, repairs })
    }

    fn content(&self, event: &Event<'_>, aside: &Aside) -> Result<Content, Fault> {
        let (source, recorded_on) = (event.source.as_ref(), event.time.day_in_china());
        let context = Context { pseudonyms: &self.pseudonyms, source, aside, recorded_on };
        let mut fields = Fields::of_data(&event.data, context);
        if let Some(known) = self.contract.event(&event.kind) {
            let draft = (known.read)(&mut fields)?;
            let id = self.pseudonyms.fact(source, &event.kind, &fields.finish()?);
            let feed = self.contract.feed;
            let fact = Fact { id, feed, on: draft.on, subject: draft.subject, body: draft.body };
            return Ok(Content::Fact(fact));
        }
        if self.contract.name_of(&event.kind) != Some(RETRACTION) {
            return Err(Fault::new(Code::TypeUnknown, "/type", self.contract.known_types()));
        }
        let retracts = self.pseudonyms.event(source, fields.text("retracts")?);
        fields.text("reason")?;
        let id = self.pseudonyms.fact(source, &event.kind, &fields.finish()?);
        Ok(Content::Retraction { id, retracts })
    }

    fn refuse(
        &self,
        incoming: &Incoming<'_>,
        repairs: Option<Place>,
        event: Option<EventTag>,
        fault: Fault,
    ) -> Box<Rejection> {
        let Incoming { headers, value, partition, offset } = *incoming;
        Box::new(Rejection {
            feed: self.contract.feed,
            partition,
            offset,
            event,
            code: fault.code.as_str().to_owned(),
            pointer: fault.pointer,
            expected: fault.expected.into_owned(),
            repairs,
            original: self.sealer.original(Place { partition, offset }, headers, value),
        })
    }
}
