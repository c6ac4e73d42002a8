//! `allocations FOLDER`: how often, and how many bytes, reading a token allocates, as one line of
//! JSON. A program of its own, so that counting slows down nothing that is timed.

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use serde_json::{Value, json};
use tegata_bench::peers::{Call, PEERS, decode_to_payload};
use tegata_bench::{Algorithm, Material, Size};

struct Counting;

static CALLS: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);

// SAFETY: every call goes on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        CALLS.fetch_add(1, Relaxed);
        BYTES.fetch_add(layout.size() as u64, Relaxed);
        // SAFETY: the caller's promises are those of the system's allocator.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are those of the system's allocator.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        CALLS.fetch_add(1, Relaxed);
        BYTES.fetch_add(size.saturating_sub(layout.size()) as u64, Relaxed);
        // SAFETY: the caller's promises are those of the system's allocator.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() {
    let folder = std::env::args_os().nth(1).expect("the folder of the material");
    let material = Material::open(folder);
    let mut found = Vec::new();
    for size in [Size::Small, Size::Large] {
        for algorithm in Algorithm::ALL {
            let token = material.token(algorithm, size.name());
            let payload = decode_to_payload(&material, algorithm, token.clone());
            found.push(count("tegata, checked payload", algorithm, size, &payload));
            for peer in &PEERS {
                let call = (peer.decode)(&material, algorithm, size, token.clone());
                found.push(count(peer.name, algorithm, size, &call));
            }
        }
    }
    println!("{}", Value::from(found));
}

fn count(what: &str, algorithm: Algorithm, size: Size, call: &Call) -> Value {
    // The first calls fill caches.
    for _ in 0..3 {
        assert!(black_box(call()), "the call was refused");
    }
    let before = (CALLS.load(Relaxed), BYTES.load(Relaxed));
    black_box(call());
    let (calls, bytes) = (CALLS.load(Relaxed) - before.0, BYTES.load(Relaxed) - before.1);
    json!({
        "what": what,
        "algorithm": algorithm.name(),
        "size": size.name(),
        "calls": calls,
        "bytes": bytes,
    })
}
