use std::fs;
use std::path::PathBuf;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::{Algorithm, Size};

/// The folder with the keys, claims and tokens that all sides of the benchmark share.
#[derive(Clone, Debug)]
pub struct Material {
    folder: PathBuf,
    /// The `iss` that every peer has to insist on.
    pub issuer: String,
    /// The audience that every peer has to look for in `aud`.
    pub audience: String,
}

#[derive(Deserialize)]
struct Expected {
    issuer: String,
    audience: String,
}

impl Material {
    /// Opens the folder.
    ///
    /// # Panics
    /// If there is no `expected.json` in it.
    pub fn open(folder: impl Into<PathBuf>) -> Self {
        let folder = folder.into();
        let expected = fs::read_to_string(folder.join("expected.json")).expect("expected.json");
        let Expected { issuer, audience } = serde_json::from_str(&expected).expect("JSON");
        Self { folder, issuer, audience }
    }

    /// The HMAC secret.
    #[must_use]
    pub fn secret(&self) -> Vec<u8> {
        self.read("HS256.secret").into_bytes()
    }

    /// The private key of an asymmetric algorithm, as PKCS#8 in PEM.
    #[must_use]
    pub fn private_pem(&self, algorithm: Algorithm) -> String {
        self.read(&format!("{}.private.pem", algorithm.name()))
    }

    /// The public key of an asymmetric algorithm, as `SubjectPublicKeyInfo` in PEM.
    #[must_use]
    pub fn public_pem(&self, algorithm: Algorithm) -> String {
        self.read(&format!("{}.public.pem", algorithm.name()))
    }

    /// The claims of a size.
    ///
    /// # Panics
    /// If they are not a `T`.
    #[must_use]
    pub fn claims<T: DeserializeOwned>(&self, size: Size) -> T {
        serde_json::from_str(&self.claims_text(size.name())).expect("the claims are a T")
    }

    /// The claims of a size or of a flawed token, as they stand in the token.
    #[must_use]
    pub fn claims_text(&self, name: &str) -> String {
        self.read(&format!("{name}.claims.json"))
    }

    /// The names of all claims that there are tokens of.
    ///
    /// # Panics
    /// If the folder cannot be read.
    #[must_use]
    pub fn claims_names(&self) -> Vec<String> {
        let files = fs::read_dir(&self.folder).expect("the folder can be read");
        let names = files.map(|file| file.expect("an entry").file_name());
        names
            .filter_map(|name| Some(name.to_str()?.strip_suffix(".claims.json")?.to_owned()))
            .collect()
    }

    /// A token.
    #[must_use]
    pub fn token(&self, algorithm: Algorithm, name: &str) -> String {
        self.read(&token_file(algorithm, name))
    }

    /// Writes a token.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn keep_token(&self, algorithm: Algorithm, name: &str, token: &str) {
        fs::write(self.folder.join(token_file(algorithm, name)), token).expect("a writable folder");
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }
}

fn token_file(algorithm: Algorithm, name: &str) -> String {
    format!("{}.{name}.jwt", algorithm.name())
}
