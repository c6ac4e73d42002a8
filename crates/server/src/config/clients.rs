use serde_json::Value;
use tegata::Tenant;
use tegata_axum::{Client, SecretDigest};

use super::error::nearest;
use super::read::{self, Read};

pub(crate) const NAMES: [&str; 4] = ["id", "secret_digest", "refresh_tokens", "tenant"];

/// Services that may ask about tokens (RFC 7662) and revoke them (RFC 7009).
pub(crate) fn clients(value: &Value) -> Read<Vec<Client>> {
    let tables = value.as_array().ok_or("must be a list of tables: [[clients]]")?;
    let mut clients: Vec<Client> = Vec::new();
    for (index, table) in tables.iter().enumerate() {
        let client = client(table).map_err(|problem| format!("[{index}] {problem}"))?;
        if clients.iter().any(|each| each.id() == client.id()) {
            return Err(format!("[{index}] has the id \"{}\", which another has", client.id()));
        }
        clients.push(client);
    }
    Ok(clients)
}

fn client(value: &Value) -> Read<Client> {
    let table = value.as_object().ok_or("must be a table")?;
    if let Some(name) = table.keys().find(|name| !NAMES.contains(&name.as_str())) {
        return Err(format!("has no key `{name}`; {}", nearest(name, NAMES.into_iter())));
    }
    let member = |name: &str| table.get(name).unwrap_or(&Value::Null);
    let named = |name: &'static str| move |problem: String| format!("`{name}` {problem}");
    let id = read::text(member("id")).map_err(named("id"))?;
    let digests = read::texts(member("secret_digest")).map_err(named("secret_digest"))?;
    // Whoever has put the secret itself there should not see it in a log.
    let digest = |text: String| {
        text.parse::<SecretDigest>().map_err(|error| {
            format!("`secret_digest` {error}; `tegata client new` makes a secret and prints it")
        })
    };
    let digests = digests.into_iter().map(digest).collect::<Read<Vec<_>>>()?;
    let mut client = Client::new(id, digests).map_err(|error| error.to_string())?;
    if let Some(value) = table.get("tenant") {
        let tenant = read::text(value).map_err(named("tenant"))?;
        let tenant = Tenant::new(tenant).map_err(|error| format!("`tenant`: {error}"))?;
        client = client.of_tenant(tenant);
    }
    if let Some(value) = table.get("refresh_tokens")
        && read::flag(value).map_err(named("refresh_tokens"))?
    {
        client = client.with_refresh_tokens();
    }
    Ok(client)
}
