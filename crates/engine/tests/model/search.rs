//! Exhaustive search: every state that can be reached, nearest first.

use std::collections::{HashMap, HashSet};
use std::fmt::{Debug, Display};
use std::hash::{BuildHasherDefault, Hash, Hasher};

/// What is searched: states, the steps between them, and what must hold of each step.
pub(crate) trait Model {
    type State: Copy + Eq + Hash + Debug;
    type Step: Copy + Debug;
    type Property: Copy + Eq + Debug;

    fn start(&self) -> Self::State;

    /// Finds each step that `state` allows.
    fn steps(&self, state: &Self::State, found: &mut Found<'_, Self>);
}

/// Who is told of a step, and of the state that it leads to or the property that it breaks.
pub(crate) type Found<'a, M> =
    dyn FnMut(<M as Model>::Step, Result<<M as Model>::State, <M as Model>::Property>) + 'a;

/// What a search has seen.
pub(crate) struct Searched<M: Model> {
    pub(crate) states: usize,
    pub(crate) steps: usize,
    /// How many steps the farthest state is away from the start.
    pub(crate) depth: usize,
    pub(crate) broken: Option<Counterexample<M>>,
}

impl<M: Model> Display for Searched<M> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { states, steps, depth, .. } = self;
        write!(formatter, "{states} states, {steps} steps, {depth} deep")
    }
}

/// The shortest way to break a property.
pub(crate) struct Counterexample<M: Model> {
    pub(crate) property: M::Property,
    trace: Vec<(M::Step, Option<M::State>)>,
}

impl<M: Model> Counterexample<M> {
    /// How many steps it takes.
    pub(crate) fn length(&self) -> usize {
        self.trace.len()
    }
}

impl<M: Model> Display for Counterexample<M> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(formatter, "{:?} is broken by", self.property)?;
        for (number, (step, state)) in self.trace.iter().enumerate() {
            writeln!(formatter, "{:3}. {step:?}", number + 1)?;
            if let Some(state) = state {
                writeln!(formatter, "     {state:?}")?;
            }
        }
        Ok(())
    }
}

/// Goes through all states, or to the first broken property.
pub(crate) fn search<M: Model>(model: &M) -> Searched<M> {
    let start = model.start();
    let mut reached = Reached { states: vec![start], from: vec![0], depths: vec![0] };
    let mut known = HashSet::with_hasher(BuildHasherDefault::<Fnv>::default());
    known.insert(start);
    let (mut next, mut steps, mut broken) = (0, 0, None);
    while next < reached.states.len() && broken.is_none() {
        let state = reached.states[next];
        model.steps(&state, &mut |step, outcome| {
            steps += 1;
            match outcome {
                Ok(to) => {
                    if known.insert(to) {
                        reached.add(to, next);
                    }
                }
                Err(property) => broken = broken.or(Some((next, step, property))),
            }
        });
        next += 1;
    }
    Searched {
        states: reached.states.len(),
        steps,
        depth: reached.depths.last().copied().unwrap_or_default().into(),
        broken: broken.map(|(at, step, property)| {
            let mut trace = reached.way_to(model, at);
            trace.push((step, None));
            Counterexample { property, trace }
        }),
    }
}

struct Reached<S> {
    states: Vec<S>,
    from: Vec<u32>,
    depths: Vec<u16>,
}

impl<S: Copy + Eq> Reached<S> {
    fn add(&mut self, state: S, from: usize) {
        self.states.push(state);
        self.from.push(u32::try_from(from).expect("fewer states than that"));
        self.depths.push(self.depths[from] + 1);
    }

    fn way_to<M: Model<State = S>>(&self, model: &M, last: usize) -> Vec<(M::Step, Option<S>)> {
        let mut way = Vec::new();
        let mut at = last;
        while at > 0 {
            let (from, to) = (self.from[at] as usize, self.states[at]);
            let mut taken = None;
            model.steps(&self.states[from], &mut |step, outcome| {
                if outcome.is_ok_and(|state| state == to) {
                    taken = taken.or(Some(step));
                }
            });
            way.push((taken.expect("the step that led here"), Some(to)));
            at = from;
        }
        way.reverse();
        way
    }
}

/// A map for questions and answers.
pub(crate) type QuickMap<K, V> = HashMap<K, V, BuildHasherDefault<Fnv>>;

/// FNV-1a, word by word: the standard library's hash withstands attackers, and would take most of
/// the time of a search.
pub(crate) struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u8(&mut self, byte: u8) {
        self.write_u64(u64::from(byte));
    }

    fn write_isize(&mut self, word: isize) {
        self.write_u64(word.cast_unsigned() as u64);
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0 ^ word).wrapping_mul(0x0100_0000_01b3);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
