//! `material FOLDER`: signs the claims in the folder, each under every algorithm, and forges one.

use tegata_bench::{Algorithm, Material, peers};

fn main() {
    let folder = std::env::args_os().nth(1).expect("the folder of the material");
    let material = Material::open(folder);
    for algorithm in Algorithm::ALL {
        for name in material.claims_names() {
            let token = peers::sign(&material, algorithm, &name);
            material.keep_token(algorithm, &name, &token);
        }
        let good = material.token(algorithm, "small");
        material.keep_token(algorithm, "forged", &forge(&good));
    }
}

/// The token with another first byte in its signature.
fn forge(token: &str) -> String {
    let (input, signature) = token.rsplit_once('.').expect("a compact token");
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    format!("{input}.{first}{}", &signature[1..])
}
