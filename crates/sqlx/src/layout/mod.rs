//! Finding out by looking whose tables these are, and making them where nobody has.

mod catalog;
mod check;
mod error;
mod schema;

pub(crate) use catalog::{Column, Kind};
pub use error::ConnectError;

use crate::UserTable;
use crate::database::{Database, Sql, Transaction, Vendor};
use crate::value::KeyKind;
use catalog::Catalog;

/// Who has made the tables, and alone may alter them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Owner {
    /// The migrations of a site of Django's.
    Django,
    /// A store of this crate.
    Tegata,
}

/// What was found.
#[derive(Debug)]
pub(crate) struct Layout {
    pub(crate) owner: Owner,
    pub(crate) key: KeyKind,
    pub(crate) name: KeyKind,
    pub(crate) user_columns: Vec<Column>,
}

/// The migrations of `tegata` that this version knows, which are all that it asks for.
const MIGRATIONS: [&str; 7] = [
    "0001_initial",
    "0002_session_refreshed_at_repeats",
    "0003_session_indexes",
    "0004_session_unended_by_refresh",
    "0005_login_challenge",
    "0006_session_location",
    "0007_session_legacy_jti",
];

/// Looks at the tables, makes them if there are none, and refuses what it does not understand.
pub(crate) async fn prepare(
    database: &Database,
    users: &UserTable,
) -> Result<Layout, ConnectError> {
    let owner = match find_owner(&mut Catalog::At(database)).await? {
        Some(owner) => owner,
        None => create(database, users).await?,
    };
    let catalog = &mut Catalog::At(database);
    let layout = check(catalog, users, owner).await?;
    if database.vendor() == Vendor::Sqlite {
        refuse_future_times(catalog, owner).await?;
    }
    Ok(layout)
}

/// Who has made the tables; `None` if there are none, and nobody else's who should.
async fn find_owner(catalog: &mut Catalog<'_>) -> Result<Option<Owner>, ConnectError> {
    let has_sessions = catalog.has("tegata_session").await?;
    let is_django = catalog.has("django_migrations").await?;
    let applied = if is_django { applied(catalog).await? } else { Vec::new() };
    if !applied.is_empty() {
        if let Some(version) = applied.iter().find(|name| !MIGRATIONS.contains(&name.as_str())) {
            return Err(ConnectError::NewerVersion { version: format!("tegata.{version}") });
        }
        let is_applied = |name: &&&str| applied.iter().any(|applied| applied == **name);
        return match MIGRATIONS.iter().find(|name| !is_applied(name)) {
            None => Ok(Some(Owner::Django)),
            Some(migration) => Err(ConnectError::MigrationMissing { migration }),
        };
    }
    if catalog.has(schema::VERSION_TABLE).await? {
        return own_version(catalog).await.map(|()| Some(Owner::Tegata));
    }
    match (has_sessions, is_django) {
        (true, _) => Err(ConnectError::TableMissing {
            table: "django_migrations".to_owned(),
            hint: "there are sessions, but nothing says of which version: bring along the tables \
                `django_migrations` or `tegata_schema` of the database that they came from",
        }),
        (false, true) => Err(ConnectError::MigrationMissing { migration: MIGRATIONS[0] }),
        (false, false) => Ok(None),
    }
}

async fn applied(catalog: &mut Catalog<'_>) -> Result<Vec<String>, ConnectError> {
    let sql = "SELECT name FROM django_migrations WHERE app = 'tegata' ORDER BY name";
    let rows = catalog.rows(sql, &[]).await?;
    Ok(rows.iter().map(|row| row.text(0, "name")).collect::<Result<_, _>>()?)
}

async fn own_version(catalog: &mut Catalog<'_>) -> Result<(), ConnectError> {
    let sql = format!("SELECT version FROM {} ORDER BY version DESC", schema::VERSION_TABLE);
    let rows = catalog.rows(&sql, &[]).await?;
    let version = rows.first().map(|row| row.integer(0, "version")).transpose()?;
    if version == Some(schema::VERSION) {
        return Ok(());
    }
    let version = version.map_or_else(|| "none".to_owned(), |version| version.to_string());
    Err(ConnectError::NewerVersion { version: format!("{} {version}", schema::VERSION_TABLE) })
}

/// Makes the tables, unless another process has just done so.
async fn create(database: &Database, users: &UserTable) -> Result<Owner, ConnectError> {
    let vendor = database.vendor();
    if vendor == Vendor::Sqlite {
        let tables = database.read(&"SELECT 1 FROM sqlite_master LIMIT 1".into(), &[]).await?;
        // The file is ours, so that those who read need not wait for the one who writes. Where that
        // cannot be had, the file works all the same.
        if tables.is_empty() {
            let _ = database.write(&"PRAGMA journal_mode = WAL".into(), &[]).await;
        }
    }
    let mut transaction = database.begin().await?;
    if vendor == Vendor::Postgres {
        // Any number that nobody else locks.
        let lock = Sql::from("SELECT pg_advisory_xact_lock(7881431970271)");
        transaction.read(&lock, &[]).await?;
    }
    let found = find_owner(&mut Catalog::In(&mut transaction, vendor)).await?;
    if let Some(owner) = found {
        transaction.roll_back().await?;
        return Ok(owner);
    }
    let has_users = Catalog::In(&mut transaction, vendor).has(&users.table).await?;
    if !has_users {
        if *users != UserTable::default() {
            return Err(ConnectError::TableMissing {
                table: users.table.clone(),
                hint: "name the table of the users in the configuration, or leave all of it out \
                    to have Django's `auth_user` made",
            });
        }
        run(&mut transaction, schema::users(vendor)).await?;
    }
    let columns = Catalog::In(&mut transaction, vendor).columns(&users.table).await?;
    check::users(vendor, &columns, users)?;
    if let Some(key) = columns.iter().find(|column| column.name == users.key) {
        run(&mut transaction, schema::sessions(vendor, &users.table, key)).await?;
    }
    run(&mut transaction, schema::version().to_vec()).await?;
    transaction.commit().await?;
    Ok(Owner::Tegata)
}

async fn run(transaction: &mut Transaction, statements: Vec<String>) -> Result<(), ConnectError> {
    for statement in statements {
        transaction.write(&statement.into(), &[]).await?;
    }
    Ok(())
}

async fn check(
    catalog: &mut Catalog<'_>,
    users: &UserTable,
    owner: Owner,
) -> Result<Layout, ConnectError> {
    let vendor = catalog.vendor();
    for table in [users.table.as_str(), "tegata_session", "tegata_loginchallenge"] {
        if !catalog.has(table).await? {
            return Err(ConnectError::TableMissing {
                table: table.to_owned(),
                hint: "name the site's user table in the configuration; the others are made by \
                    `python manage.py migrate tegata`",
            });
        }
    }
    let user_columns = catalog.columns(&users.table).await?;
    let (key, name) = check::users(vendor, &user_columns, users)?;
    check::sessions(vendor, &catalog.columns("tegata_session").await?, key)?;
    check::challenges(vendor, &catalog.columns("tegata_loginchallenge").await?, key)?;
    Ok(Layout { owner, key, name, user_columns })
}

/// Tells local times from UTC, as far as that can be seen: with `USE_TZ = False` Django writes the
/// time of its zone to SQLite, and east of Greenwich that is ahead.
async fn refuse_future_times(catalog: &mut Catalog<'_>, owner: Owner) -> Result<(), ConnectError> {
    let mut places = vec![("tegata_session", "created_at")];
    if owner == Owner::Django {
        places.push(("django_migrations", "applied"));
    }
    for (table, column) in places {
        let sql = format!(
            "SELECT 1 WHERE (SELECT MAX({column}) FROM {table}) > datetime('now', '+15 minutes')"
        );
        if !catalog.rows(&sql, &[]).await?.is_empty() {
            return Err(ConnectError::FutureTimes { table, column });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::MIGRATIONS;

    #[test]
    fn every_migration_of_the_django_app_is_known() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../python/tegata/migrations");
        let mut found: Vec<String> = std::fs::read_dir(folder)
            .expect("the Django app lies beside")
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| name.starts_with('0'))
            .filter_map(|name| name.strip_suffix(".py").map(str::to_owned))
            .collect();
        found.sort();
        assert_eq!(found, MIGRATIONS);
    }
}
