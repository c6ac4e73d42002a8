use std::collections::BTreeMap;

use utoipa::ToSchema;
use utoipa::openapi::{Ref, RefOr, Schema};

/// The schemas that a document refers to by name.
#[derive(Default)]
pub(crate) struct Components(BTreeMap<String, RefOr<Schema>>);

impl Components {
    /// A type by its name.
    pub(crate) fn named<T: ToSchema>(&mut self) -> RefOr<Schema> {
        let schema = self.inline::<T>();
        self.add(&T::name(), schema)
    }

    /// A type as it is: one of a site may be called as ours.
    pub(crate) fn inline<T: ToSchema>(&mut self) -> RefOr<Schema> {
        let mut inner = Vec::new();
        T::schemas(&mut inner);
        for (name, schema) in inner {
            self.0.entry(name).or_insert(schema);
        }
        T::schema()
    }

    /// A schema by a name.
    pub(crate) fn add(&mut self, name: &str, schema: RefOr<Schema>) -> RefOr<Schema> {
        self.0.insert(name.to_owned(), schema);
        RefOr::Ref(Ref::from_schema_name(name))
    }

    pub(super) fn into_schemas(self) -> BTreeMap<String, RefOr<Schema>> {
        self.0
    }
}
