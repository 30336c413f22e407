//! Somebody who signs in: follows redirections, keeps cookies and fills in the provider's forms.

use std::collections::BTreeMap;

use sanzao_access::oidc::Callback;
use ureq::Agent;
use url::Url;

use crate::server::REDIRECT;

#[derive(Default)]
pub struct Browser {
    cookies: BTreeMap<String, String>,
}

enum Page {
    Elsewhere(Url),
    Form { action: Url, prompt: String },
}

pub fn agent() -> Agent {
    Agent::config_builder().max_redirects(0).http_status_as_error(false).proxy(None).build().new_agent()
}

/// What stands between two texts.
fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    text.split_once(before)?.1.split_once(after).map(|(found, _)| found)
}

impl Browser {
    /// Signs in as somebody, and says with what the provider sends back.
    pub fn sign_in(&mut self, url: &str, login: &str) -> Callback {
        let mut page = self.get(&Url::parse(url).unwrap());
        for _ in 0..20 {
            page = match page {
                Page::Elsewhere(url) if url.as_str().starts_with(REDIRECT) => return callback(&url),
                Page::Elsewhere(url) => self.get(&url),
                Page::Form { action, prompt } => {
                    let who =
                        if prompt == "login" { format!("&login={login}&password=x") } else { String::new() };
                    self.post(&action, format!("prompt={prompt}{who}"))
                }
            };
        }
        panic!("the provider leads nowhere");
    }

    fn get(&mut self, url: &Url) -> Page {
        let answer = agent().get(url.as_str()).header("cookie", self.cookie()).call();
        self.page(url, answer.unwrap())
    }

    fn post(&mut self, url: &Url, body: String) -> Page {
        let request = agent().post(url.as_str()).header("cookie", self.cookie());
        let answer = request.header("content-type", "application/x-www-form-urlencoded").send(body);
        self.page(url, answer.unwrap())
    }

    fn cookie(&self) -> String {
        self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    fn page(&mut self, url: &Url, mut answer: ureq::http::Response<ureq::Body>) -> Page {
        for cookie in answer.headers().get_all("set-cookie") {
            let (name, value) = cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        if let Some(location) = answer.headers().get("location") {
            return Page::Elsewhere(url.join(location.to_str().unwrap()).unwrap());
        }
        let text = answer.body_mut().read_to_string().unwrap();
        let action = between(&text, "action=\"", "\"").unwrap_or_else(|| panic!("no form: {text}"));
        let prompt = between(&text, "name=\"prompt\" value=\"", "\"").expect("a form says what it asks");
        Page::Form { action: url.join(action).unwrap(), prompt: prompt.to_owned() }
    }
}

fn callback(url: &Url) -> Callback {
    let value =
        |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    Callback { state: value("state"), code: value("code"), error: value("error"), iss: value("iss") }
}
