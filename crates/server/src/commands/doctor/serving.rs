//! Whether the server is reached as it thinks it is.

use tegata::{Algorithm, SameSite};

use super::Finding;
use crate::config::{Config, Hook, Listen, files};

pub(super) fn look(config: &Config) -> Vec<Finding> {
    let mut findings = vec![proxies(config)];
    let takes_cookies = config.transport.takes_cookies()
        || config.refresh_transport.is_some_and(tegata::Transport::takes_cookies);
    if takes_cookies {
        findings.extend(cookies(config));
    }
    findings.extend(policy(config));
    findings.extend(hooks(config));
    if config.demo {
        let mend = "leave `demo` out where real users are";
        findings.push(Finding::warn("demo", "everybody may log in as one of its users", mend));
    }
    findings
}

fn proxies(config: &Config) -> Finding {
    let has_proxies = !config.proxies.networks.is_empty() || config.proxies.unix_socket;
    let listen = &config.listen;
    match listen {
        Listen::Unix(_) if !config.proxies.unix_socket => Finding::warn(
            "proxies",
            format!(
                "{listen} is reached by a proxy alone, and none is trusted: all clients share one address, and one throttle"
            ),
            "trusted_proxies = [\"unix\"]",
        ),
        _ if listen.is_public() && !has_proxies => Finding::warn(
            "proxies",
            format!(
                "{listen} can be reached from other machines, without TLS unless a proxy is in front"
            ),
            "listen on 127.0.0.1 behind a proxy, or name the proxy in `trusted_proxies`",
        ),
        _ if !listen.is_public() && !has_proxies => Finding::warn(
            "proxies",
            format!(
                "{listen} is reached from this machine alone; behind a proxy all clients would share one address, and one throttle"
            ),
            "trusted_proxies = [\"127.0.0.1\"] if there is one",
        ),
        _ => Finding::ok(
            "proxies",
            format!("{listen}; who is trusted speaks by {}", config.proxies.header.name()),
        ),
    }
}

fn cookies(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !config.cookies.secure {
        findings.push(Finding::warn(
            "cookies",
            "they are sent without TLS too",
            "cookie_secure = true",
        ));
    }
    if config.cookies.same_site == SameSite::None && config.csrf_trusted_origins.is_empty() {
        findings.push(Finding::warn(
            "cookies",
            "they go along with requests of pages of other sites, and none of those may act",
            "name the pages in `csrf_trusted_origins`, or leave `cookie_samesite` out",
        ));
    }
    if config.cookies.domain.is_some() {
        findings.push(Finding::warn(
            "cookies",
            "every subdomain gets them, and can overwrite them",
            "leave `cookie_domain` out if one host is enough",
        ));
    }
    if findings.is_empty() {
        findings.push(Finding::ok("cookies", "Secure and HttpOnly, for one host"));
    }
    findings
}

fn policy(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    if config.policy.issuer == "tegata" {
        findings.push(Finding::warn(
            "issuer",
            "it is the default, which others may have too",
            "issuer = \"https://…\", the address of this server",
        ));
    }
    if config.has_own_key_file() && config.algorithm == Algorithm::Hs256 {
        findings.push(Finding::warn(
            "algorithm",
            "whoever verifies tokens with a secret can sign them",
            "algorithm = \"EdDSA\"",
        ));
    }
    if config.login_throttle.is_empty() {
        let mend = "leave `login_throttle` out, or set a rate";
        findings.push(Finding::warn("throttle", "passwords can be guessed without end", mend));
    }
    if !config.only_in_django.is_empty() {
        let text = format!(
            "this server does not know what the site has in {}",
            config.only_in_django.join(", ")
        );
        findings.push(Finding::warn("policy", text, "see that nobody misses it here"));
    }
    findings
}

fn hooks(config: &Config) -> Vec<Finding> {
    let hooks = &config.hooks;
    let mut findings = Vec::new();
    for (hook, name) in [(&hooks.sign_up, "sign_up"), (&hooks.password_reset, "password_reset")] {
        if hook.as_ref().is_some_and(Hook::is_in_the_clear) {
            let text =
                format!("`{name}` is asked without TLS, and others can read what it is told");
            findings.push(Finding::warn("hooks", text, "an address that begins with https://"));
        }
    }
    if let Some(path) = &hooks.secret_file {
        match files::read_secret(path) {
            Err(problem) => findings.push(Finding::fail(
                "hooks",
                format!("{}: {problem}", path.display()),
                "make the file, with a random text in it",
            )),
            Ok(_) if files::is_open_to_others(path) => findings.push(Finding::warn(
                "hooks",
                format!("other accounts of this machine may read `{}`", path.display()),
                format!("chmod 600 {}", path.display()),
            )),
            Ok(_) => {}
        }
    }
    findings
}
