//! Sessions of people in a browser. They hold the name of an account and nothing of what it may do, so that a change
//! of accounts counts from the next request on.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use sanzao_model::Instant;

use crate::secret::{Secret, SecretHash, same};
use crate::{Account, AccountName, Fill, NoRandomness};

/// When sessions end, and how many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLimits {
    /// Seconds without a request after which one ends.
    pub idle_seconds: u32,
    /// Seconds after which one ends whatever happens.
    pub absolute_seconds: u32,
    /// Sessions of one account; with another the oldest ends.
    pub per_account: usize,
    /// Sessions in all; with another the one ends that was seen least recently.
    pub total: usize,
}

/// Sessions of this process, in memory: with a restart they are over.
pub struct Sessions {
    limits: SessionLimits,
    sessions: Mutex<HashMap<SecretHash, Kept>>,
}

struct Kept {
    account: AccountName,
    /// Of the password that the account had then.
    password: Option<SecretHash>,
    csrf: Secret,
    opened: Instant,
    seen: Instant,
}

/// A session that was just opened.
#[derive(Debug)]
pub struct OpenedSession {
    /// What the browser is to send from now on. Told once: only its hash is kept.
    pub id: Secret,
    /// What its forms are to send.
    pub csrf: Secret,
}

/// A session that holds.
#[derive(Debug, Clone)]
pub struct Session {
    hash: SecretHash,
    /// Whose it is. What the account may do is to be looked up with each request.
    pub account: AccountName,
    /// When it was opened.
    pub opened: Instant,
    /// When it ends if nothing more is sent.
    pub ends: Instant,
    password: Option<SecretHash>,
    csrf: Secret,
}

/// Sixteen digits: two sessions with the same do not happen.
const MARK_DIGITS: usize = 16;

/// Why there is no session. Reject: sign in again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SessionEnd {
    /// Never opened, ended, or of before the last start.
    #[error("there is no such session: sign in")]
    Unknown,
    /// Nothing was sent for too long.
    #[error("the session ended because nothing was sent for a while: sign in again")]
    Idle,
    /// Open for too long.
    #[error("the session was open for as long as one may be: sign in again")]
    TooLong,
    /// The account has another password since.
    #[error("the password was changed: sign in with the new one")]
    PasswordChanged,
}

impl Default for SessionLimits {
    /// A quarter of an hour (issue of access: idle sessions), a working day of twelve hours.
    fn default() -> SessionLimits {
        SessionLimits { idle_seconds: 15 * 60, absolute_seconds: 12 * 3600, per_account: 5, total: 10_000 }
    }
}

fn plus(instant: Instant, seconds: u32) -> Instant {
    Instant(instant.0.saturating_add(i64::from(seconds) * 1_000_000_000))
}

impl SessionLimits {
    fn end(&self, session: &Kept) -> Instant {
        plus(session.seen, self.idle_seconds).min(plus(session.opened, self.absolute_seconds))
    }

    fn ended(&self, session: &Kept, now: Instant) -> Option<SessionEnd> {
        if now >= plus(session.opened, self.absolute_seconds) {
            Some(SessionEnd::TooLong)
        } else if now >= plus(session.seen, self.idle_seconds) {
            Some(SessionEnd::Idle)
        } else {
            None
        }
    }
}

impl Sessions {
    /// None yet.
    pub fn new(limits: SessionLimits) -> Sessions {
        Sessions { limits, sessions: Mutex::new(HashMap::new()) }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SecretHash, Kept>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens a session for somebody who was just authenticated. Whoever had one in the same browser ends that first.
    ///
    /// # Errors
    /// There is no randomness.
    pub fn open(
        &self,
        account: &Account,
        now: Instant,
        fill: &mut Fill<'_>,
    ) -> Result<OpenedSession, NoRandomness> {
        let opened = OpenedSession { id: Secret::random(fill)?, csrf: Secret::random(fill)? };
        let mut sessions = self.lock();
        let name = account.name();
        let own = |kept: &Kept| kept.account == *name;
        if sessions.values().filter(|kept| own(kept)).count() >= self.limits.per_account {
            remove_first(&mut sessions, |kept| own(kept).then_some(kept.opened));
        }
        if sessions.len() >= self.limits.total {
            sessions.retain(|_, kept| self.limits.ended(kept, now).is_none());
        }
        if sessions.len() >= self.limits.total {
            remove_first(&mut sessions, |kept| Some(kept.seen));
        }
        let (password, csrf) = (account.password_mark(), opened.csrf.clone());
        let kept = Kept { account: name.clone(), password, csrf, opened: now, seen: now };
        sessions.insert(SecretHash::of(opened.id.expose()), kept);
        Ok(opened)
    }

    /// The session of a request, which keeps it from becoming idle.
    ///
    /// # Errors
    /// Why there is none.
    pub fn see(&self, id: &str, now: Instant) -> Result<Session, SessionEnd> {
        let hash = SecretHash::of(id);
        let mut sessions = self.lock();
        let kept = sessions.get_mut(&hash).ok_or(SessionEnd::Unknown)?;
        if let Some(end) = self.limits.ended(kept, now) {
            sessions.remove(&hash);
            return Err(end);
        }
        kept.seen = kept.seen.max(now);
        Ok(self.session(hash, kept))
    }

    /// The session of a request that a page sends by itself, whether or not anybody sits before it: as [`Sessions::see`],
    /// but it becomes idle all the same.
    ///
    /// # Errors
    /// Why there is none.
    pub fn look(&self, id: &str, now: Instant) -> Result<Session, SessionEnd> {
        let hash = SecretHash::of(id);
        let mut sessions = self.lock();
        let kept = sessions.get(&hash).ok_or(SessionEnd::Unknown)?;
        if let Some(end) = self.limits.ended(kept, now) {
            sessions.remove(&hash);
            return Err(end);
        }
        Ok(self.session(hash, kept))
    }

    /// Whether a session that was seen still holds: nobody signed out, and its time is not over. It does not keep it from
    /// becoming idle.
    pub fn holds(&self, session: &Session, now: Instant) -> bool {
        self.lock().get(&session.hash).is_some_and(|kept| self.limits.ended(kept, now).is_none())
    }

    fn session(&self, hash: SecretHash, kept: &Kept) -> Session {
        Session {
            hash,
            account: kept.account.clone(),
            opened: kept.opened,
            ends: self.limits.end(kept),
            password: kept.password,
            csrf: kept.csrf.clone(),
        }
    }

    /// Ends a session, and says whose it was.
    pub fn end(&self, id: &str) -> Option<AccountName> {
        self.lock().remove(&SecretHash::of(id)).map(|kept| kept.account)
    }

    /// Ends all sessions of an account, and says how many there were.
    pub fn end_all_of(&self, account: &AccountName) -> usize {
        let mut sessions = self.lock();
        let before = sessions.len();
        sessions.retain(|_, kept| kept.account != *account);
        before - sessions.len()
    }

    /// How many sessions an account has, for those who manage accounts.
    pub fn count_of(&self, account: &AccountName, now: Instant) -> usize {
        let holds = |kept: &&Kept| kept.account == *account && self.limits.ended(kept, now).is_none();
        self.lock().values().filter(holds).count()
    }
}

/// Removes the session of which this is the least.
fn remove_first(sessions: &mut HashMap<SecretHash, Kept>, rank: impl Fn(&Kept) -> Option<Instant>) {
    let ranked = sessions.iter().filter_map(|(hash, kept)| Some((rank(kept)?, *hash)));
    if let Some((_, hash)) = ranked.min_by_key(|(rank, _)| *rank) {
        sessions.remove(&hash);
    }
}

impl Session {
    /// Whether a form that was sent is one of this session's.
    pub fn csrf_is(&self, given: &str) -> bool {
        same(self.csrf.expose(), given)
    }

    /// Whether it is one of the account as it is now: who sets another password ends what was opened with the one before,
    /// at every node (OWASP ASVS 5.0, 7.4.3).
    ///
    /// # Errors
    /// The password was changed since.
    pub fn check(&self, account: &Account) -> Result<(), SessionEnd> {
        if self.password == account.password_mark() { Ok(()) } else { Err(SessionEnd::PasswordChanged) }
    }

    /// What its forms are to send.
    pub fn csrf(&self) -> &Secret {
        &self.csrf
    }

    /// The first digits of its hash: tells sessions apart in the records, and opens none.
    pub fn mark(&self) -> String {
        self.hash.to_hex().chars().take(MARK_DIGITS).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::password::PasswordHash;
    use crate::{NewAccount, Role, Territory};

    const MINUTE: i64 = 60_000_000_000;
    const HOUR: i64 = 60 * MINUTE;

    fn name(text: &str) -> AccountName {
        text.parse().unwrap()
    }

    fn account(text: &str) -> Account {
        Account::new(NewAccount {
            name: name(text),
            display_name: text.into(),
            roles: [Role::Caseworker].into(),
            territory: Territory::WholeBureau,
            sources: BTreeSet::new(),
        })
        .unwrap()
    }

    fn counting() -> impl FnMut(&mut [u8]) -> Result<(), NoRandomness> {
        let mut next = 0_u64;
        move |bytes: &mut [u8]| {
            next += 1;
            bytes[..8].copy_from_slice(&next.to_le_bytes());
            Ok(())
        }
    }

    #[test]
    fn idle_and_long_sessions_end() {
        let sessions = Sessions::new(SessionLimits::default());
        let mut fill = counting();
        let idle = sessions.open(&account("a"), Instant(0), &mut fill).unwrap();
        assert!(sessions.see(idle.id.expose(), Instant(15 * MINUTE - 1)).is_ok());
        assert!(sessions.see(idle.id.expose(), Instant(30 * MINUTE - 2)).is_ok(), "it was renewed");
        assert_eq!(sessions.see(idle.id.expose(), Instant(45 * MINUTE)).unwrap_err(), SessionEnd::Idle);
        assert_eq!(sessions.see(idle.id.expose(), Instant(45 * MINUTE)).unwrap_err(), SessionEnd::Unknown);

        let long = sessions.open(&account("a"), Instant(0), &mut fill).unwrap();
        for minute in (0..12 * 60).step_by(10) {
            assert!(sessions.see(long.id.expose(), Instant(minute * MINUTE)).is_ok(), "{minute}");
        }
        let last = sessions.see(long.id.expose(), Instant(12 * HOUR - 1)).unwrap();
        assert_eq!((last.opened, last.ends), (Instant(0), Instant(12 * HOUR)));
        assert_eq!(sessions.see(long.id.expose(), Instant(12 * HOUR)).unwrap_err(), SessionEnd::TooLong);
    }

    #[test]
    fn who_signed_out_is_not_seen_any_more() {
        let sessions = Sessions::new(SessionLimits::default());
        let mut fill = counting();
        let [one, other] = [1, 2].map(|_| sessions.open(&account("a"), Instant(0), &mut fill).unwrap().id);
        let [one_seen, other_seen] =
            [&one, &other].map(|id| sessions.see(id.expose(), Instant(MINUTE)).unwrap());
        let last = Instant(16 * MINUTE - 1);
        assert!(sessions.holds(&one_seen, last) && !sessions.holds(&one_seen, Instant(16 * MINUTE)));
        sessions.see(other.expose(), last).unwrap();
        assert!(sessions.holds(&other_seen, Instant(16 * MINUTE)), "it was renewed since");
        sessions.end(one.expose());
        assert!(!sessions.holds(&one_seen, last) && sessions.holds(&other_seen, last));
        sessions.end_all_of(&name("a"));
        assert!(!sessions.holds(&other_seen, last));
    }

    #[test]
    fn looking_keeps_no_session_from_becoming_idle() {
        let sessions = Sessions::new(SessionLimits::default());
        let mut fill = counting();
        let opened = sessions.open(&account("a"), Instant(0), &mut fill).unwrap();
        let id = opened.id.expose();
        for minute in 1..15 {
            let session = sessions.look(id, Instant(minute * MINUTE)).unwrap();
            assert_eq!(session.ends, Instant(15 * MINUTE), "{minute}");
        }
        let session = sessions.see(id, Instant(14 * MINUTE)).unwrap();
        assert_eq!(session.ends, Instant(29 * MINUTE));
        assert!(sessions.holds(&session, Instant(29 * MINUTE - 1)));
        assert!(!sessions.holds(&session, Instant(29 * MINUTE)));
        assert_eq!(sessions.look(id, Instant(29 * MINUTE)).unwrap_err(), SessionEnd::Idle);
        assert_eq!(sessions.look(id, Instant(0)).unwrap_err(), SessionEnd::Unknown, "it is gone");

        let other = sessions.open(&account("a"), Instant(0), &mut fill).unwrap();
        let other = sessions.look(other.id.expose(), Instant(0)).unwrap();
        assert!(other.mark().len() == 16 && other.mark() != session.mark());
        assert!(sessions.holds(&other, Instant(1)));
        sessions.end_all_of(&name("a"));
        assert!(!sessions.holds(&other, Instant(1)));
    }

    #[test]
    fn a_form_belongs_to_its_session() {
        let sessions = Sessions::new(SessionLimits::default());
        let mut fill = counting();
        let one = sessions.open(&account("a"), Instant(0), &mut fill).unwrap();
        let other = sessions.open(&account("a"), Instant(0), &mut fill).unwrap();
        let session = sessions.see(one.id.expose(), Instant(1)).unwrap();
        assert!(session.csrf_is(one.csrf.expose()) && session.csrf().expose() == one.csrf.expose());
        for wrong in [other.csrf.expose(), one.id.expose(), ""] {
            assert!(!session.csrf_is(wrong));
        }
        assert!(!format!("{session:?}{one:?}").contains(one.csrf.expose()));
        assert!(sessions.open(&account("a"), Instant(0), &mut |_: &mut [u8]| Err(NoRandomness)).is_err());
    }

    #[test]
    fn the_oldest_goes_when_there_are_too_many() {
        let limits = SessionLimits { per_account: 2, total: 3, ..SessionLimits::default() };
        let sessions = Sessions::new(limits);
        let mut fill = counting();
        let mut open = |who: &str, at: i64| sessions.open(&account(who), Instant(at), &mut fill).unwrap().id;
        let holds = |id: &Secret, at: i64| sessions.see(id.expose(), Instant(at)).is_ok();
        let a = [open("a", 1), open("a", 2), open("a", 3)];
        assert!(!holds(&a[0], 4) && holds(&a[1], 5) && holds(&a[2], 6), "the account's oldest");
        let b = [open("b", 7), open("b", 8)];
        assert!(
            !holds(&a[1], 9) && holds(&a[2], 9) && holds(&b[0], 9) && holds(&b[1], 9),
            "not seen longest"
        );
        assert_eq!(sessions.end_all_of(&name("b")), 2);
        assert_eq!(
            (sessions.count_of(&name("b"), Instant(10)), sessions.count_of(&name("a"), Instant(10))),
            (0, 1)
        );
        assert_eq!(sessions.count_of(&name("a"), Instant(HOUR)), 0, "it is idle");
        assert_eq!(sessions.end(a[2].expose()), Some(name("a")));
        assert_eq!(sessions.end(a[2].expose()), None);
    }

    #[test]
    fn ended_sessions_make_room_before_others_go() {
        let limits = SessionLimits { total: 2, ..SessionLimits::default() };
        let sessions = Sessions::new(limits);
        let mut fill = counting();
        let long = sessions.open(&account("a"), Instant(0), &mut fill).unwrap();
        sessions.open(&account("b"), Instant(1), &mut fill).unwrap();
        sessions.see(long.id.expose(), Instant(10 * MINUTE)).unwrap();
        sessions.open(&account("c"), Instant(20 * MINUTE), &mut fill).unwrap();
        assert!(sessions.see(long.id.expose(), Instant(20 * MINUTE)).is_ok());
        assert_eq!(sessions.lock().len(), 2);
    }

    #[test]
    fn another_password_ends_what_was_opened_with_the_one_before() {
        let sessions = Sessions::new(SessionLimits::default());
        let mut fill = counting();
        let mut who = account("a");
        let before = sessions.open(&who, Instant(0), &mut fill).unwrap();
        let before = sessions.see(before.id.expose(), Instant(1)).unwrap();
        assert_eq!(before.check(&who), Ok(()));
        who.password = Some(PasswordHash::of("moss under seven bells", &mut fill).unwrap());
        assert_eq!(before.check(&who), Err(SessionEnd::PasswordChanged));
        let opened = sessions.open(&who, Instant(2), &mut fill).unwrap();
        let opened = sessions.see(opened.id.expose(), Instant(3)).unwrap();
        assert_eq!(opened.check(&who), Ok(()));
        // The same password once more has another salt.
        who.password = Some(PasswordHash::of("moss under seven bells", &mut fill).unwrap());
        assert_eq!(opened.check(&who), Err(SessionEnd::PasswordChanged));
    }
}
