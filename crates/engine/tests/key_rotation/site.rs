//! A site whose servers each know the key file as it was a while ago, and verifiers with a copy of
//! what one of those servers published a while ago.

use std::time::Duration;

use tegata::{Algorithm, Begin, Key, KeyRotation, KeySchedule, KeyTimes, Timestamp};

const MICRO: Duration = Duration::from_micros(1);

/// The key file from one writing to the next.
struct Version {
    written_at: Timestamp,
    keys: Vec<(String, KeyTimes)>,
    schedule: KeySchedule,
}

pub(crate) struct Site {
    rules: KeyRotation,
    made: usize,
    versions: Vec<Version>,
}

impl Site {
    pub(crate) fn new(rules: KeyRotation, now: Timestamp) -> Self {
        let first = KeyTimes { made_at: Some(now), signs_from: Some(now), ends_at: None };
        let mut site = Self { rules, made: 0, versions: Vec::new() };
        let kid = site.next_kid();
        site.write(now, vec![(kid, first)]);
        site
    }

    /// What a crontab does.
    pub(crate) fn rotate(&mut self, now: Timestamp, begin: Begin) {
        let keys = &self.versions.last().unwrap().keys;
        let times: Vec<KeyTimes> = keys.iter().map(|(_, times)| *times).collect();
        let plan = self.rules.plan(&times, now, begin);
        if !plan.changes(&times) {
            return;
        }
        let kept = plan.kept.iter().map(|(index, times)| (keys[*index].0.clone(), *times));
        let kept: Vec<_> = kept.collect();
        let new = plan.new.map(|times| (self.next_kid(), times));
        self.write(now, new.into_iter().chain(kept).collect());
    }

    /// A token that is refused although it is good, if there is any: who signs it when, by a clock
    /// that is off by so many microseconds, and whose copy of which instant does not know its key.
    pub(crate) fn refused(&self, clock_is_off: i64) -> Option<String> {
        let instants = self.instants();
        let (first, rules) = (self.versions[0].written_at, &self.rules);
        let by_clock = |at: Timestamp| Timestamp::from_micros(at.micros() + clock_is_off);
        let by_ours = |at: &Timestamp| Timestamp::from_micros(at.micros() - clock_is_off);
        // What changes, changes for the signer when its own clock says so.
        let signing: Vec<_> = instants.iter().map(by_ours).chain(instants.clone()).collect();
        for signed_at in signing.into_iter().filter(|at| *at >= first) {
            let clock = by_clock(signed_at);
            for server in self.views(signed_at) {
                let kid = server.schedule.at(clock).signing_key().unwrap().kid().unwrap();
                let (from, until) = (
                    signed_at.minus(rules.jwks_max_age).max(first),
                    clock.plus(rules.longest_lifetime).plus(rules.leeway).minus(MICRO),
                );
                let between = instants.iter().filter(|at| (from..=until).contains(*at));
                for &fetched_at in between.chain([&from, &until]) {
                    for publisher in self.views(fetched_at) {
                        let keys = publisher.schedule.at(fetched_at).keys();
                        if !keys.iter().any(|key| key.kid() == Some(kid)) {
                            return Some(format!(
                                "{kid}, signed at {signed_at:?}, is not in the copy of {fetched_at:?}"
                            ));
                        }
                    }
                }
            }
        }
        None
    }

    /// How many keys have been made.
    pub(crate) fn made(&self) -> usize {
        self.made
    }

    /// How many keys the file has.
    pub(crate) fn kept(&self) -> usize {
        self.versions.last().unwrap().keys.len()
    }

    fn next_kid(&mut self) -> String {
        self.made += 1;
        format!("key {}", self.made)
    }

    fn write(&mut self, now: Timestamp, keys: Vec<(String, KeyTimes)>) {
        let key = |kid: &String| {
            let secret = b"the same secret will do, of 32 bytes and more";
            Key::from_secret(secret, Algorithm::Hs256).unwrap().with_kid(Some(kid.clone()))
        };
        let known = keys.iter().map(|(kid, times)| (key(kid), *times)).collect();
        let schedule = KeySchedule::new(known, self.rules.retention).unwrap();
        self.versions.push(Version { written_at: now, keys, schedule });
    }

    /// What servers may know of the file at an instant.
    fn views(&self, now: Timestamp) -> impl Iterator<Item = &Version> {
        let oldest = now.minus(self.rules.reload_interval);
        let replaced_at = |index: usize| self.versions.get(index + 1).map(|next| next.written_at);
        let all = self.versions.iter().enumerate();
        all.filter(move |(index, version)| {
            version.written_at <= now && replaced_at(*index).is_none_or(|at| at > oldest)
        })
        .map(|(_, version)| version)
    }

    /// Every instant at which anything changes for anybody, and those just before and after it.
    fn instants(&self) -> Vec<Timestamp> {
        let mut all = Vec::new();
        for version in &self.versions {
            all.extend([version.written_at, version.written_at.plus(self.rules.reload_interval)]);
            for (_, times) in &version.keys {
                all.extend(times.signs_from);
                all.extend(times.signs_from.map(|from| from.plus(self.rules.retention)));
                all.extend(times.ends_at);
            }
        }
        let mut around: Vec<_> =
            all.iter().flat_map(|at| [at.minus(MICRO), *at, at.plus(MICRO)]).collect();
        around.sort_unstable();
        around.dedup();
        around
    }
}
