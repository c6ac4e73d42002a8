//! `worker FOLDER`: answers the requests on its input, one line of JSON for one line of JSON.

use std::collections::HashMap;
use std::io::{self, BufRead, Write};

use serde::Deserialize;
use serde_json::{Value, json};
use tegata_bench::peers::{Call, PEERS, Peer};
use tegata_bench::{Algorithm, Material, Size, timing};

/// What can be asked.
#[derive(Deserialize)]
#[serde(tag = "ask", rename_all = "lowercase")]
enum Request {
    /// Which libraries there are.
    Peers,
    /// The wall time, in nanoseconds, of some calls in each of some threads.
    Time { case: Case, threads: usize, times: u64 },
    /// Which of these tokens a library takes for good.
    Takes { peer: String, tokens: Vec<String> },
}

#[derive(Deserialize)]
struct Case {
    peer: String,
    operation: Operation,
    algorithm: Algorithm,
    size: Size,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Operation {
    Decode,
    Encode,
}

fn main() {
    let folder = std::env::args_os().nth(1).expect("the folder of the material");
    let mut worker = Worker { material: Material::open(folder), calls: HashMap::new() };
    for line in io::stdin().lock().lines() {
        let request = serde_json::from_str(&line.expect("a line")).expect("a request");
        let answer = worker.answer(request);
        writeln!(io::stdout().lock(), "{answer}").expect("somebody who listens");
    }
}

struct Worker {
    material: Material,
    calls: HashMap<String, Call>,
}

impl Worker {
    fn answer(&mut self, request: Request) -> Value {
        match request {
            Request::Peers => PEERS.iter().map(describe).collect(),
            Request::Time { case, threads, times } => {
                let call = self.prepare(&case);
                let taken = timing::time(call, threads, times);
                json!(u64::try_from(taken.as_nanos()).expect("less than 500 years"))
            }
            Request::Takes { peer, tokens } => {
                let peer = find(&peer);
                tokens.into_iter().filter(|name| takes(&self.material, peer, name)).collect()
            }
        }
    }

    fn prepare(&mut self, case: &Case) -> &Call {
        let Case { peer, operation, algorithm, size } = case;
        let operation_name = match operation {
            Operation::Decode => "decode",
            Operation::Encode => "encode",
        };
        let name = format!("{peer} {operation_name} {} {}", algorithm.name(), size.name());
        self.calls.entry(name).or_insert_with(|| {
            let (peer, material) = (find(peer), &self.material);
            match operation {
                Operation::Encode => (peer.encode)(material, *algorithm, *size),
                Operation::Decode => {
                    let token = material.token(*algorithm, size.name());
                    (peer.decode)(material, *algorithm, *size, token)
                }
            }
        })
    }
}

fn describe(peer: &Peer) -> Value {
    json!({ "name": peer.name, "package": peer.package, "note": peer.note })
}

fn find(name: &str) -> &'static Peer {
    PEERS.iter().find(|peer| peer.name == name).expect("a known library")
}

/// Read as large claims, since a flawed token may lack what a type would insist on.
fn takes(material: &Material, peer: &Peer, name: &str) -> bool {
    let token = material.token(Algorithm::Hs256, name);
    (peer.decode)(material, Algorithm::Hs256, Size::Large, token)()
}
