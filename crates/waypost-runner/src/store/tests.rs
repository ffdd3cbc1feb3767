//! The statements, on every database that is there.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicU32, Ordering},
};

use crate::{Durability, RunnerError, schema};

use super::*;

/// A URL of an empty database of each kind; PostgreSQL only where `tests/postgres.sh` started one.
pub(crate) async fn empty_databases() -> Vec<String> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let name = format!("waypost_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    let file = std::env::temp_dir().join(format!("{name}.db"));
    let mut urls = vec!["sqlite::memory:".to_owned(), format!("sqlite:{}", file.display())];
    match std::env::var("WAYPOST_POSTGRES") {
        Ok(url) => {
            let database = Database::connect(&url, Durability::Full).await.expect("PostgreSQL is there");
            let mut transaction = database.begin().await.expect("a transaction begins");
            transaction.run(&format!("create schema {name}"), &[]).await.expect("a schema can be made");
            transaction.commit().await.expect("it is kept");
            urls.push(format!("{url}&options=-c%20search_path%3D{name}"));
        }
        Err(_) => eprintln!("PostgreSQL is left out: WAYPOST_POSTGRES is not set, see tests/postgres.sh"),
    }
    urls
}

async fn stores() -> Vec<Database> {
    let mut stores = Vec::new();
    for url in empty_databases().await {
        let database = Database::connect(&url, Durability::Full).await.expect("it opens");
        schema::migrate(&database).await.expect("tables are made");
        stores.push(database);
    }
    stores
}

fn new(id: &str, customer: &str) -> NewExecution {
    NewExecution {
        id: id.to_owned(),
        customer: customer.to_owned(),
        dedupe_key: None,
        message: format!(r#"{{"id": "{id}"}}"#),
        execution: "{}".to_owned(),
        ready_at: 100,
        superseding: |id, at| Some(format!("superseded {id} {at}")),
    }
}

fn change(claimed: &Claimed, due: Option<i64>) -> Change {
    Change {
        id: claimed.id.clone(),
        revision: claimed.revision,
        execution: Some(r#"{"step": 2}"#.to_owned()),
        state: State::Active,
        cause: None,
        ending: None,
        due,
        signalled: claimed.signalled,
        held: false,
    }
}

async fn submit(database: &Database, batch: &[NewExecution]) -> Result<Vec<Submitted>, RunnerError> {
    transact!(database, |tx| tx.submit(batch, 10).await)
}

async fn claim(database: &Database, owner: &str, now: i64, most: i64) -> Vec<Claimed> {
    let lease = Lease { owner, until: now + 50 };
    transact!(database, |tx| tx.claim(lease, now, most).await).expect("claims")
}

async fn save(database: &Database, owner: &str, now: i64, changes: &[Change]) -> Vec<String> {
    let lease = Lease { owner, until: now + 50 };
    transact!(database, |tx| tx.save(changes, lease, now).await).expect("saves")
}

fn names(claimed: &[Claimed]) -> Vec<&str> {
    claimed.iter().map(|one| one.id.as_str()).collect()
}

#[tokio::test]
async fn tables_are_made_once_and_newer_ones_refused() {
    for url in empty_databases().await.split_off(1) {
        let (one, other) = tokio::join!(open(&url), open(&url));
        let database = one.expect("the first makes them");
        other.expect("the second finds them");
        transact!(database, |tx| tx.run("update waypost_schema set version = 99", &[]).await).expect("written");
        let refused = open(&url).await.expect_err("it is newer");
        assert!(matches!(refused, RunnerError::SchemaTooNew { found: 99, .. }), "{refused}");
    }
    async fn open(url: &str) -> Result<Database, RunnerError> {
        let database = Database::connect(url, Durability::Full).await?;
        schema::migrate(&database).await?;
        Ok(database)
    }
    for odd in ["", "mysql://x", "sqlite", "postgres"] {
        let refused = Database::connect(odd, Durability::Full).await.expect_err(odd);
        assert!(matches!(refused, RunnerError::Url), "{odd}: {refused}");
    }
}

#[tokio::test]
async fn a_submission_counts_once() {
    for database in stores().await {
        let first = [new("m-1", "ana"), new("m-2", "ana"), new("m-1", "ana")];
        assert_eq!(submit(&database, &first).await.expect("kept"), [Submitted::New, Submitted::New, Submitted::Same]);
        let other = NewExecution { message: "else".to_owned(), ..new("m-1", "ana") };
        let again = [new("m-2", "ana"), other, new("m-1", "bo"), new("m-3", "bo")];
        use Submitted::{Conflict, New, Same};
        assert_eq!(submit(&database, &again).await.expect("kept"), [Same, Conflict, Conflict, New]);
    }
}

#[tokio::test]
async fn the_last_of_a_dedupe_key_stays() {
    let keyed = |id: &str, customer: &str| NewExecution { dedupe_key: Some("invoice".to_owned()), ..new(id, customer) };
    for database in stores().await {
        submit(&database, &[keyed("m-1", "ana"), keyed("m-2", "ana"), keyed("m-3", "bo")]).await.expect("kept");
        submit(&database, &[keyed("m-4", "ana")]).await.expect("kept");
        // The same again supersedes nothing.
        submit(&database, &[keyed("m-1", "ana")]).await.expect("kept");
        let mut tx = database.begin_reading().await.expect("reads");
        let told = tx.inbox(["m-1", "m-2", "m-3", "m-4"]).await.expect("reads");
        let told: Vec<_> =
            told.iter().map(|input| (input.message.as_str(), input.kind, input.content.as_str())).collect();
        assert_eq!(
            told,
            [("m-1", InputKind::Event, "superseded m-1 10"), ("m-2", InputKind::Event, "superseded m-2 10")]
        );
    }
}

#[tokio::test]
async fn two_of_a_dedupe_key_at_one_moment_see_each_other() {
    let keyed = |id: &str| [NewExecution { dedupe_key: Some("cart".to_owned()), ..new(id, "ana") }];
    for database in stores().await {
        submit(&database, &[new("m-0", "ana")]).await.expect("kept");
        let mut first = database.begin().await.expect("begins");
        first.submit(&keyed("m-1"), 10).await.expect("is written");
        let other = database.clone();
        let second = tokio::spawn(async move { submit(&other, &keyed("m-2")).await });
        // It has begun by now, and waits or has missed the first.
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        first.commit().await.expect("kept");
        second.await.expect("does not panic").expect("kept");
        let told = database.begin_reading().await.expect("reads").inbox(["m-1", "m-2"]).await.expect("reads");
        assert_eq!(told.iter().map(|input| input.message.as_str()).collect::<Vec<_>>(), ["m-1"]);
    }
}

#[tokio::test]
async fn a_no_and_a_new_profile_move_the_revision() {
    let learned = |forbids| {
        let (message, customer) = ("m-1".to_owned(), "ana".to_owned());
        [Learned { message, customer, feedback: "{}".to_owned(), forbids }]
    };
    for database in stores().await {
        submit(&database, &[new("m-1", "ana")]).await.expect("kept");
        let mut tx = database.begin().await.expect("begins");
        tx.put_feedback(&learned(false)).await.expect("keeps");
        assert_eq!(tx.lock_customers(["ana"]).await.expect("locks")["ana"], 0);
        tx.put_feedback(&learned(true)).await.expect("keeps");
        assert_eq!(tx.lock_customers(["ana"]).await.expect("locks")["ana"], 1);
        tx.put_profile("ana", "{}").await.expect("keeps");
        assert_eq!(tx.lock_customers(["ana"]).await.expect("locks")["ana"], 2);
        tx.commit().await.expect("kept");
    }
}

#[tokio::test]
async fn a_lease_keeps_others_away_until_it_ends() {
    for database in stores().await {
        let late = NewExecution { ready_at: 200, ..new("m-3", "ana") };
        submit(&database, &[new("m-1", "ana"), new("m-2", "bo"), late]).await.expect("kept");
        assert!(claim(&database, "one", 99, 10).await.is_empty());
        let mine = claim(&database, "one", 100, 10).await;
        assert_eq!(names(&mine), ["m-1", "m-2"]);
        assert!(claim(&database, "two", 149, 10).await.is_empty());
        let theirs = claim(&database, "two", 150, 1).await;
        assert_eq!((theirs.len(), theirs[0].takeovers), (1, 1));
        // Of what another took over nothing is written; the other one is given back.
        let changes: Vec<_> = mine.iter().map(|claimed| change(claimed, Some(500))).collect();
        let saved = save(&database, "one", 151, &changes).await;
        let kept: Vec<_> = names(&mine).into_iter().filter(|id| *id != theirs[0].id).collect();
        assert_eq!(saved, kept);
        let changed = save(&database, "two", 152, &[change(&theirs[0], Some(400))]).await;
        assert_eq!(changed, [theirs[0].id.clone()]);
        assert_eq!(names(&claim(&database, "one", 499, 10).await), [theirs[0].id.as_str(), "m-3"]);
    }
}

#[tokio::test]
async fn a_lease_can_be_extended_and_kept() {
    for database in stores().await {
        submit(&database, &[new("m-1", "ana"), new("m-2", "ana")]).await.expect("kept");
        let mine = claim(&database, "one", 100, 10).await;
        let held: Vec<_> = mine.iter().map(|claimed| (claimed.id.as_str(), claimed.revision)).collect();
        let lease = Lease { owner: "one", until: 300 };
        let mut tx = database.begin().await.expect("begins");
        let stale = [(held[0].0, held[0].1 - 1), held[1]];
        assert_eq!(tx.extend(&stale, lease).await.expect("extends"), ["m-2"]);
        tx.commit().await.expect("kept");
        let taken = claim(&database, "two", 150, 10).await;
        assert_eq!(names(&taken), ["m-1"]);
        // What is saved and held stays with its worker.
        let keep = Change { held: true, ..change(&mine[1], None) };
        assert_eq!(save(&database, "one", 290, &[keep]).await, ["m-2"]);
        assert!(claim(&database, "two", 301, 10).await.iter().all(|claimed| claimed.id != "m-2"));
        assert_eq!(names(&claim(&database, "two", 340, 10).await), ["m-2"]);
    }
}

#[tokio::test]
async fn receipts_come_in_once_and_wake() {
    let receipt = |message: &str, content: &str| (message.to_owned(), content.to_owned());
    let told = async |database: &Database, batch: &[(String, String)], now: i64| {
        transact!(database, |tx| tx.receive(batch, now).await).expect("comes in")
    };
    for database in stores().await {
        submit(&database, &[new("m-1", "ana"), new("m-2", "ana")]).await.expect("kept");
        let mine = claim(&database, "one", 100, 10).await;
        use Received::{New, Repeated, Unmatched};
        let batch = [receipt("m-1", "a"), receipt("m-1", "a"), receipt("m-9", "b"), receipt("m-1", "c")];
        assert_eq!(told(&database, &batch, 110).await, [New, Repeated, Unmatched, New]);
        assert_eq!(told(&database, &batch[..1], 111).await, [Repeated]);
        // It came in while the worker held the execution: it is wanted again at once, the other only later.
        let changes: Vec<_> = mine.iter().map(|claimed| change(claimed, None)).collect();
        assert_eq!(save(&database, "one", 120, &changes).await, ["m-1", "m-2"]);
        let woken = claim(&database, "one", 120, 10).await;
        assert_eq!(names(&woken), ["m-1"]);
        let mut tx = database.begin().await.expect("begins");
        let inputs = tx.inbox(["m-1", "m-2"]).await.expect("reads");
        assert_eq!(inputs.iter().map(|input| input.content.as_str()).collect::<Vec<_>>(), ["a", "c"]);
        tx.absorbed(&inputs.iter().map(|input| input.seq).collect::<Vec<_>>()).await.expect("marks");
        assert!(tx.inbox(["m-1"]).await.expect("reads").is_empty());
        assert_eq!(tx.unmatched(10).await.expect("reads"), ["b"]);
        tx.commit().await.expect("kept");
        // Nobody holds it: a receipt makes it due.
        assert_eq!(save(&database, "one", 121, &[change(&woken[0], None)]).await, ["m-1"]);
        assert!(claim(&database, "one", 1000, 10).await.is_empty());
        assert_eq!(told(&database, &[receipt("m-1", "d")], 130).await, [New]);
        assert_eq!(names(&claim(&database, "one", 130, 10).await), ["m-1"]);
        // What was unmatched is there when its message comes.
        submit(&database, &[new("m-9", "ana")]).await.expect("kept");
        let mut tx = database.begin_reading().await.expect("reads");
        assert!(tx.unmatched(10).await.expect("reads").is_empty());
        assert_eq!(tx.inbox(["m-9"]).await.expect("reads").len(), 1);
    }
}

#[tokio::test]
async fn events_reach_whom_they_are_about() {
    for database in stores().await {
        submit(&database, &[new("m-1", "ana"), new("m-2", "ana"), new("m-3", "bo")]).await.expect("kept");
        let tell = async |message: Option<&'static str>, content: &str| {
            transact!(database, |tx| tx.event("ana", message, content, 5, 7).await).expect("comes in")
        };
        assert_eq!(tell(None, "paid").await, 2);
        assert_eq!(tell(Some("m-2"), "cancelled").await, 1);
        assert_eq!(tell(Some("m-3"), "of another customer").await, 0);
        let mut tx = database.begin_reading().await.expect("reads");
        let told = tx.inbox(["m-1", "m-2", "m-3"]).await.expect("reads");
        let told: BTreeSet<_> = told.iter().map(|input| (input.message.as_str(), input.content.as_str())).collect();
        assert_eq!(told, BTreeSet::from([("m-1", "paid"), ("m-2", "paid"), ("m-2", "cancelled")]));
        let known = tx.known(["ana", "nobody"]).await.expect("reads");
        assert_eq!(known.len(), 1);
        assert_eq!(known["ana"].events.len(), 3);
    }
}

#[tokio::test]
async fn reservations_move_the_revision_and_intents_come_first() {
    let reservation = |key: &str, customer: &str| Reservation {
        key: key.to_owned(),
        message: "m-1".to_owned(),
        customer: customer.to_owned(),
        at: 5,
        sent: "{}".to_owned(),
    };
    let intent = |key: &str| Intent { key: key.to_owned(), message: "m-1".to_owned(), channel: "mail".to_owned() };
    let answer = |key: &str, counts| Answer { key: key.to_owned(), receipt: "r".to_owned(), counts };
    for database in stores().await {
        submit(&database, &[new("m-1", "ana"), new("m-2", "bo")]).await.expect("kept");
        let mut tx = database.begin().await.expect("begins");
        let before = tx.lock_customers(["bo", "ana", "nobody"]).await.expect("locks");
        assert_eq!(before.into_iter().collect::<Vec<_>>(), [("ana".to_owned(), 0), ("bo".to_owned(), 0)]);
        tx.reserve(&[reservation("k-1", "ana"), reservation("k-2", "ana")]).await.expect("reserves");
        tx.reserve(&[reservation("k-1", "ana")]).await.expect("reserves");
        assert_eq!(tx.lock_customers(["ana", "bo"]).await.expect("locks").into_values().collect::<Vec<_>>(), [2, 0]);
        tx.intend(&[intent("k-1"), intent("k-2"), intent("k-3")], 5).await.expect("intends");
        assert_eq!(tx.unanswered(["m-1"]).await.expect("reads"), ["k-1", "k-2", "k-3"]);
        let answers = [answer("k-1", Some(true)), answer("k-2", Some(false)), answer("k-3", None)];
        tx.answer(&answers, 6).await.expect("answers");
        assert!(tx.unanswered(["m-1"]).await.expect("reads").is_empty());
        let kept: Vec<_> =
            tx.known(["ana"]).await.expect("reads")["ana"].sends.iter().map(|send| send.key.clone()).collect();
        assert_eq!(kept, ["k-1"]);
        // A repetition is unanswered again; what was confirmed stays, whatever it comes to.
        tx.intend(&[intent("k-1")], 7).await.expect("intends");
        assert_eq!(tx.unanswered(["m-1"]).await.expect("reads"), ["k-1"]);
        tx.answer(&[answer("k-1", Some(false))], 8).await.expect("answers");
        assert_eq!(tx.known(["ana"]).await.expect("reads")["ana"].sends.len(), 1);
        tx.commit().await.expect("kept");
    }
}

#[tokio::test]
async fn what_is_parked_waits_for_its_release() {
    for database in stores().await {
        submit(&database, &[new("m-1", "ana"), new("m-2", "ana")]).await.expect("kept");
        let mine = claim(&database, "one", 100, 10).await;
        let park = Change {
            state: State::Parked,
            cause: Some("no profile".to_owned()),
            execution: None,
            ..change(&mine[0], None)
        };
        let settle = Change { state: State::Settled, ending: Some("reached".to_owned()), ..change(&mine[1], None) };
        assert_eq!(save(&database, "one", 101, &[park, settle]).await, ["m-1", "m-2"]);
        let receipt = [("m-1".to_owned(), "a".to_owned()), ("m-2".to_owned(), "late".to_owned())];
        transact!(database, |tx| tx.receive(&receipt, 102).await).expect("comes in");
        // A late receipt wakes what settled, nothing wakes what is parked.
        assert_eq!(names(&claim(&database, "one", 120, 10).await), ["m-2"]);
        let mut tx = database.begin().await.expect("begins");
        assert_eq!(tx.parked(10).await.expect("reads"), [("m-1".to_owned(), "no profile".to_owned())]);
        let stored = tx.execution("m-1").await.expect("reads").expect("is there");
        assert_eq!((stored.state, stored.execution.as_str()), (State::Parked, "{}"));
        let counts = tx.counts().await.expect("counts");
        assert_eq!((counts.active, counts.settled, counts.parked, counts.held), (0, 1, 1, 1));
        assert!(!tx.release("m-2", 130).await.expect("asks"));
        assert!(tx.release("m-1", 130).await.expect("releases"));
        assert_eq!(tx.counts().await.expect("counts").oldest_ready, Some(130));
        tx.commit().await.expect("kept");
        assert_eq!(names(&claim(&database, "one", 130, 10).await), ["m-1"]);
    }
}

#[tokio::test]
async fn many_claim_side_by_side_and_each_once() {
    for url in empty_databases().await.split_off(1) {
        let first = Database::connect(&url, Durability::ProcessOnly).await.expect("opens");
        schema::migrate(&first).await.expect("tables are made");
        let all: Vec<_> = (0..500).map(|number| new(&format!("m-{number:03}"), "ana")).collect();
        submit(&first, &all).await.expect("kept");
        // Each with connections of its own, as processes have.
        let workers = (0..4).map(async |number| {
            let database = Database::connect(&url, Durability::ProcessOnly).await.expect("opens");
            let mut mine = Vec::new();
            loop {
                let claimed = claim(&database, &format!("worker-{number}"), 100, 20).await;
                if claimed.is_empty() {
                    return mine;
                }
                mine.extend(claimed.into_iter().map(|one| one.id));
            }
        });
        let claimed: Vec<String> = futures::future::join_all(workers).await.into_iter().flatten().collect();
        assert_eq!(claimed.len(), 500);
        assert_eq!(claimed.into_iter().collect::<BTreeSet<_>>().len(), 500);
    }
}
