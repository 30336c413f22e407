//! Which identities this process has passed on already: a feed names the same people over and over.

use std::collections::HashMap;
use std::fmt;
use std::hash::{DefaultHasher, Hasher};

use sanzao_model::{Identity, PersonId};

/// Remembers for each person the name, phone and address that were passed on last; one for each feed, because it
/// matters who said it. An identity that tells anything else is news. So a name that comes back after another one
/// is news again, and the newest can be told from `time`.
///
/// It takes 35 to 70 bytes a person and forgets everything when it is full: what is passed on twice does no harm.
pub struct Recent {
    told: HashMap<PersonId, [u32; 3]>,
    people: usize,
}

impl fmt::Debug for Recent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recent").field("people", &self.told.len()).finish_non_exhaustive()
    }
}

/// Zero is for what was not told.
fn mark(person: PersonId, text: &str) -> u32 {
    let mut hasher = DefaultHasher::new();
    // A pseudonym is a keyed hash: without the key nobody can look for two texts with one mark.
    hasher.write(&person.0);
    hasher.write(text.as_bytes());
    (hasher.finish() as u32).max(1)
}

impl Recent {
    /// Remembers up to so many people.
    pub fn new(people: usize) -> Recent {
        Recent { told: HashMap::new(), people: people.max(1) }
    }

    /// Whether an identity tells what was not passed on last; from now on it counts as passed on. Whoever fails to
    /// pass it on has to [`Recent::clear`].
    pub fn is_news(&mut self, identity: &Identity) -> bool {
        let texts = [&identity.name, &identity.phone, &identity.address];
        let marks = texts.map(|text| text.as_deref().map_or(0, |text| mark(identity.person, text)));
        if let Some(told) = self.told.get_mut(&identity.person) {
            let mut is_news = false;
            for (told, mark) in
                told.iter_mut().zip(marks).filter(|(told, mark)| *mark != 0 && **told != *mark)
            {
                *told = mark;
                is_news = true;
            }
            return is_news;
        }
        if self.told.len() >= self.people {
            self.told.clear();
        }
        self.told.insert(identity.person, marks);
        true
    }

    /// Forgets one person, so that the next event that names them is news: after an erasure.
    pub fn forget(&mut self, person: PersonId) {
        self.told.remove(&person);
    }

    /// Forgets everybody: after what was news could not be written.
    pub fn clear(&mut self) {
        self.told.clear();
    }
}

#[cfg(test)]
mod tests {
    use sanzao_model::{Feed, Instant};

    use super::*;

    fn identity(person: u8, name: Option<&str>, phone: Option<&str>) -> Identity {
        Identity {
            person: PersonId([person; 16]),
            number: String::new(),
            name: name.map(str::to_owned),
            phone: phone.map(str::to_owned),
            address: None,
            feed: Feed::Police,
            time: Instant(0),
        }
    }

    #[test]
    fn what_was_told_last_is_no_news() {
        let mut recent = Recent::new(10);
        for (name, phone, is_news) in [
            (None, None, true),
            (None, None, false),
            (Some("甲"), None, true),
            (None, None, false),
            (Some("甲"), None, false),
            (Some("甲"), Some("1"), true),
            (Some("甲"), None, false),
            (Some("乙"), None, true),
            (Some("甲"), None, true),
            (None, Some("1"), false),
            (None, Some("2"), true),
        ] {
            assert_eq!(recent.is_news(&identity(1, name, phone)), is_news, "{name:?} {phone:?}");
        }
        assert!(recent.is_news(&identity(2, Some("甲"), None)));
    }

    #[test]
    fn forgets_one_or_all_and_all_when_full() {
        let mut recent = Recent::new(2);
        let [one, two, three] = [1, 2, 3].map(|person| identity(person, Some("甲"), None));
        assert!(recent.is_news(&one) && recent.is_news(&two) && !recent.is_news(&one));
        recent.forget(one.person);
        assert!(recent.is_news(&one) && !recent.is_news(&two));
        assert!(recent.is_news(&three));
        assert!(!recent.is_news(&three) && recent.is_news(&one));
        recent.clear();
        assert!(recent.is_news(&three));
    }
}
