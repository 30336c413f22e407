//! Sign-ins that began and are not finished.

use std::collections::HashMap;

use sanzao_model::Instant;

use crate::secret::{Secret, SecretHash};

/// Somebody looks for their password for so long at most.
const OPEN_FOR: i64 = 10 * 60 * 1_000_000_000;

/// More are no people.
const MOST: usize = 10_000;

/// By the hash of their state.
#[derive(Default)]
pub(crate) struct PendingLogins(HashMap<SecretHash, Pending>);

/// What is kept of a sign-in.
pub(crate) struct Pending {
    browser: SecretHash,
    pub nonce: Secret,
    pub verifier: Secret,
    began: Instant,
}

impl Pending {
    pub(crate) fn new(browser: &Secret, nonce: Secret, verifier: Secret, began: Instant) -> Pending {
        Pending { browser: SecretHash::of(browser.expose()), nonce, verifier, began }
    }

    /// Whether it began in this browser.
    pub(crate) fn is_of(&self, browser: &str) -> bool {
        self.browser.is_of(browser)
    }

    fn is_open(&self, now: Instant) -> bool {
        (0..OPEN_FOR).contains(&now.0.saturating_sub(self.began.0))
    }
}

impl PendingLogins {
    pub(crate) fn insert(&mut self, state: &Secret, pending: Pending, now: Instant) {
        if self.0.len() >= MOST {
            self.0.retain(|_, pending| pending.is_open(now));
        }
        if self.0.len() >= MOST {
            // Half of them at once, so that this does not happen each time.
            let mut began: Vec<Instant> = self.0.values().map(|pending| pending.began).collect();
            let middle = *began.select_nth_unstable(MOST / 2).1;
            self.0.retain(|_, pending| pending.began > middle);
        }
        self.0.insert(SecretHash::of(state.expose()), pending);
    }

    /// The sign-in of a state, once.
    pub(crate) fn take(&mut self, state: &str, now: Instant) -> Option<Pending> {
        self.0.remove(&SecretHash::of(state)).filter(|pending| pending.is_open(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: impl Into<String>) -> Secret {
        Secret::new(text.into())
    }

    #[test]
    fn who_floods_it_does_not_fill_memory_and_the_newest_stay() {
        let mut logins = PendingLogins::default();
        for nth in 0..30_000 {
            let pending = Pending::new(&secret("b"), secret("n"), secret("v"), Instant(nth));
            logins.insert(&secret(nth.to_string()), pending, Instant(nth));
            assert!(logins.0.len() <= MOST);
        }
        let now = Instant(30_000);
        assert!(logins.take("29999", now).is_some_and(|pending| pending.is_of("b") && !pending.is_of("c")));
        assert!(logins.take("29999", now).is_none() && logins.take("0", now).is_none());
        let old = |_: u32| Pending::new(&secret("b"), secret("n"), secret("v"), Instant(0));
        let mut logins =
            PendingLogins((0..3000).map(|nth| (SecretHash::of(&nth.to_string()), old(nth))).collect());
        for nth in 3000..MOST + 1 {
            let pending = Pending::new(&secret("b"), secret("n"), secret("v"), Instant(OPEN_FOR));
            logins.insert(&secret(nth.to_string()), pending, Instant(OPEN_FOR));
        }
        assert_eq!(logins.0.len(), MOST + 1 - 3000, "those that are over go first");
    }

    #[test]
    fn a_sign_in_is_over_after_a_while() {
        let mut logins = PendingLogins::default();
        let pending = Pending::new(&secret("b"), secret("n"), secret("v"), Instant(29_998));
        logins.insert(&secret("29998"), pending, Instant(29_998));
        assert!(logins.take("29998", Instant(29_998 + OPEN_FOR)).is_none());
    }
}
