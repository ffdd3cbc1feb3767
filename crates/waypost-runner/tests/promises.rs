//! What the crate promises, on every database that is there.

mod world;

use std::{collections::BTreeSet, sync::Arc};

use waypost::{chrono::TimeDelta, driver::DeliveryError, *};
use waypost_runner::{Received, Runner, RunnerError, State, Submitted};
use world::*;

#[tokio::test]
async fn a_message_falls_back_until_somebody_is_reached() {
    for (world, runner, _) in everywhere(POLICY).await {
        let id: MessageId = "m-1".parse().expect("a name");
        assert_eq!(runner.submit(submission("ana", message("m-1"))).await.expect("kept"), Submitted::New);
        let next = runner.run_until_idle().await.expect("works");
        assert_eq!(next, Some(start() + TimeDelta::minutes(15)));
        let status = runner.status(&id).await.expect("reads").expect("is known");
        assert_eq!(status.state, State::Active { due: next, held: false });
        let shown = status.to_string();
        assert!(shown.contains("m-1/0.1.1/1: app to pixel at 2026-11-21T10:00:00Z, accepted"), "{shown}");
        assert!(shown.ends_with("waits for a receipt until 2026-11-21T10:15:00Z\n"), "{shown}");

        world.run_until(&runner, world.later(20)).await;
        assert_eq!((world.push.keys(), world.mail.keys()), (vec!["m-1/0.1.1/1".into()], vec!["m-1/0.2.1/1".into()]));
        let read = receipt("m-1/0.2.1/1", start() + TimeDelta::minutes(19), ReceiptKind::Read);
        assert_eq!(runner.receive(&read).await.expect("kept"), Received::New);
        assert_eq!(runner.receive(&read).await.expect("kept"), Received::Repeated);
        assert_eq!(runner.run_until_idle().await.expect("works"), None);
        let status = runner.status(&id).await.expect("reads").expect("is known");
        assert_eq!((status.state.clone(), status.outcome.ending), (State::Settled, Ending::Reached));
        // The push was only a beginning of what the email was: it is taken back.
        assert_eq!(world.push.recalled.lock().expect("nothing panics").as_slice(), ["m-1/0.1.1/1"]);
        assert!(world.text.keys().is_empty());
        let progress = runner.progress().await.expect("counts");
        assert_eq!((progress.active, progress.settled, progress.parked, progress.held), (0, 1, 0, 0));
        assert_eq!(serde_json::to_value(&status).expect("is JSON")["state"], "settled");
    }
}

#[tokio::test]
async fn the_same_again_is_the_same_and_another_is_refused() {
    for (_, runner, _) in everywhere(POLICY).await {
        let first = submission("ana", message("m-1"));
        assert_eq!(runner.submit(first.clone()).await.expect("kept"), Submitted::New);
        assert_eq!(runner.submit(first).await.expect("kept"), Submitted::Same);
        let other = builder("m-1").urgency(Urgency::High).build().expect("a message");
        let batch = vec![
            submission("ana", other),
            submission("bo", message("m-1")),
            submission("nobody", message("m-2")),
            submission("bo", message("m-3")),
        ];
        let answers = runner.submit_all(batch).await.expect("the database works");
        let texts: Vec<_> = answers.iter().map(|answer| answer.as_ref().map_err(ToString::to_string)).collect();
        let conflict =
            "message `m-1` was submitted before with other content or to another customer, expected a new message id";
        assert_eq!(
            texts,
            [
                Err(conflict.to_owned()),
                Err(conflict.to_owned()),
                Err("no profile is known of customer `nobody`".to_owned()),
                Ok(&Submitted::New)
            ]
        );
    }
}

#[tokio::test]
async fn a_later_message_of_the_same_dedupe_key_takes_the_place_of_the_first() {
    for (world, runner, _) in everywhere(POLICY).await {
        let keyed = |id: &str| builder(id).dedupe_key("cart".parse().expect("a key")).build().expect("a message");
        runner.submit(submission("ana", keyed("m-1"))).await.expect("kept");
        runner.run_until_idle().await.expect("works");
        runner.submit(submission("ana", keyed("m-2"))).await.expect("kept");
        runner.submit(submission("bo", keyed("m-3"))).await.expect("kept");
        world.run_until(&runner, world.later(60)).await;
        assert_eq!(ending(&runner, "m-1").await, Ending::Superseded);
        assert_eq!(count(world.mail.keys()).len(), 2, "of the first only the push went out");
    }
}

#[tokio::test]
async fn events_end_what_waits_for_them() {
    for (world, runner, _) in everywhere(POLICY).await {
        let paid = Code::literal("invoice_paid");
        let reminder = |id: &str| builder(id).cancel_on([paid]).build().expect("a message");
        runner.submit(submission("ana", reminder("m-1"))).await.expect("kept");
        runner.submit(submission("ana", message("m-2"))).await.expect("kept");
        runner.submit(submission("bo", reminder("m-3"))).await.expect("kept");
        runner.run_until_idle().await.expect("works");
        let ana = "ana".parse().expect("a name");
        assert_eq!(runner.event(&ana, &Event::new(paid, world.later(0))).await.expect("kept"), 2);
        runner.run_until_idle().await.expect("works");
        assert_eq!(ending(&runner, "m-1").await, Ending::Superseded);
        assert_eq!(ending(&runner, "m-2").await, Ending::Running);
        assert_eq!(ending(&runner, "m-3").await, Ending::Running);
        // The next reminder is not ended by the last payment.
        world.clock.advance_to(world.later(60 * 24));
        runner.submit(submission("ana", reminder("m-4"))).await.expect("kept");
        runner.run_until_idle().await.expect("works");
        assert_eq!(ending(&runner, "m-4").await, Ending::Running);
    }
}

#[tokio::test]
async fn what_is_not_known_is_repeated_under_the_same_key_only() {
    for (world, runner, _) in everywhere(POLICY).await {
        world.push.will([Deed::Fail(DeliveryError::TimedOut), Deed::Panic, Deed::Deliver]);
        runner.submit(submission("ana", message("m-1"))).await.expect("kept");
        world.run_until(&runner, world.later(60)).await;
        assert_eq!(world.push.keys(), ["m-1/0.1.1/1"; 3]);
        assert!(world.mail.keys().is_empty());
        assert_eq!(ending(&runner, "m-1").await, Ending::Reached);
    }
}

#[tokio::test]
async fn a_worker_that_dies_is_followed_by_another() {
    for (world, runner, url) in everywhere(POLICY).await {
        world.push.will([Deed::Hang]);
        runner.submit(submission("ana", message("m-1"))).await.expect("kept");
        // It dies in the middle of the send.
        let died = tokio::time::timeout(std::time::Duration::from_millis(300), runner.run_until_idle()).await;
        assert!(died.is_err(), "it hangs");
        assert_eq!(world.push.keys(), ["m-1/0.1.1/1"]);
        // Before its lease ends nobody takes over, not even another process.
        let other = Runner::open(&url, world.config()).await.expect("it opens");
        let next = other.run_until_idle().await.expect("works");
        assert_eq!(next, Some(start() + TimeDelta::seconds(60)));
        world.push.will([Deed::Deliver]);
        world.run_until(&other, world.later(5)).await;
        assert_eq!(world.push.keys(), ["m-1/0.1.1/1"; 2], "the same key, for nobody knows what became of it");
        assert_eq!(ending(&other, "m-1").await, Ending::Reached);
    }
}

#[tokio::test]
async fn what_is_answered_is_not_repeated_after_a_death() {
    for (world, runner, url) in everywhere(POLICY).await {
        for number in 0..20 {
            runner.submit(submission("ana", message(&format!("m-{number}")))).await.expect("kept");
        }
        runner.run_until_idle().await.expect("works");
        let other = Runner::open(&url, world.config()).await.expect("it opens");
        other.run_until_idle().await.expect("works");
        assert!(count(world.push.keys()).values().all(|times| *times == 1));
        assert_eq!(world.push.keys().len(), 20);
    }
}

#[tokio::test]
async fn caps_hold_across_workers() {
    for (world, runner, url) in everywhere(CAPPED).await {
        for number in 0..30 {
            for name in ["ana", "bo"] {
                runner.submit(submission(name, visit(&format!("{name}-{number}")))).await.expect("kept");
            }
        }
        // Each claims few at a time, so that all of them meet at the same customers.
        let workers = (0..4).map(async |_| {
            let other = Runner::open(&url, world.config().with_batch(2)).await.expect("it opens");
            other.run_until_idle().await.expect("works");
        });
        futures::future::join_all(workers).await;
        // On every channel: those of the first day fall back on the second.
        let of = |name: &str| {
            let keys = world.puppets().into_iter().flat_map(|puppet| puppet.keys());
            keys.filter(|key| key.starts_with(name)).count()
        };
        assert_eq!((of("ana"), of("bo")), (3, 3));
        // A day later there is room again.
        world.run_until(&runner, world.later(60 * 25)).await;
        assert_eq!((of("ana"), of("bo")), (6, 6));
    }
}

#[tokio::test]
async fn what_was_surely_not_sent_does_not_count() {
    for (world, runner, _) in everywhere(CAPPED).await {
        let rejected = DeliveryError::Rejected { class: policy::FailureClass::Unreachable, detail: None };
        world.push.will([Deed::Fail(rejected), Deed::Fail(rejected)]);
        for number in 0..6 {
            runner.submit(submission("ana", message(&format!("m-{number}")))).await.expect("kept");
            runner.run_until_idle().await.expect("works");
        }
        // Two that failed, their mails, and the one that there is room for beside them.
        assert_eq!((world.push.keys().len(), world.mail.keys().len(), world.text.keys().len()), (3, 2, 0));
    }
}

#[tokio::test]
async fn a_no_holds_for_everything_that_runs() {
    for (world, runner, _) in everywhere(POLICY).await {
        runner.submit(submission("ana", message("m-1"))).await.expect("kept");
        runner.submit(submission("ana", message("m-2"))).await.expect("kept");
        runner.run_until_idle().await.expect("works");
        let no = Receipt::refused("m-1/0.1.1/1".parse().expect("a key"), world.later(1), RefusedBy::Complaint);
        runner.receive(&no).await.expect("kept");
        world.run_until(&runner, world.later(60)).await;
        assert_eq!((world.push.keys().len(), world.mail.keys().len(), world.text.keys().len()), (2, 0, 0));
        assert_eq!(ending(&runner, "m-1").await, Ending::Refused);
        assert_eq!(ending(&runner, "m-2").await, Ending::Refused);
        // And for what comes later; a profile put anew does not take it back.
        runner.put_profile(&customer("ana")).await.expect("kept");
        runner.submit(submission("ana", message("m-3"))).await.expect("kept");
        runner.run_until_idle().await.expect("works");
        assert_eq!(ending(&runner, "m-3").await, Ending::NothingSent);
    }
}

#[tokio::test]
async fn a_late_complaint_is_heard_after_the_end() {
    for (world, runner, _) in everywhere(POLICY).await {
        world.push.will([Deed::Deliver]);
        runner.submit(submission("ana", message("m-1"))).await.expect("kept");
        runner.run_until_idle().await.expect("works");
        assert_eq!(ending(&runner, "m-1").await, Ending::Reached);
        let no = Receipt::refused("m-1/0.1.1/1".parse().expect("a key"), world.later(1), RefusedBy::Complaint);
        assert_eq!(runner.receive(&no).await.expect("kept"), Received::New);
        runner.run_until_idle().await.expect("works");
        runner.submit(submission("ana", message("m-2"))).await.expect("kept");
        runner.run_until_idle().await.expect("works");
        assert_eq!(ending(&runner, "m-2").await, Ending::NothingSent);
    }
}

#[tokio::test]
async fn receipts_that_come_first_are_kept() {
    for (_, runner, _) in everywhere(POLICY).await {
        let early = receipt("m-1/0.1.1/1", start(), ReceiptKind::Read);
        assert_eq!(runner.receive(&early).await.expect("kept"), Received::Unmatched);
        assert_eq!(runner.unmatched(10).await.expect("reads"), [early]);
        runner.submit(submission("ana", message("m-1"))).await.expect("kept");
        runner.run_until_idle().await.expect("works");
        assert_eq!(ending(&runner, "m-1").await, Ending::Reached);
        assert!(runner.unmatched(10).await.expect("reads").is_empty());
    }
}

#[tokio::test]
async fn more_than_the_depth_is_refused_until_some_are_done() {
    for (world, _, url) in everywhere(POLICY).await {
        let runner = Runner::open(&url, world.config().with_depth(2)).await.expect("it opens");
        for id in ["m-1", "m-2"] {
            world.push.will([Deed::Deliver]);
            runner.submit(submission("ana", message(id))).await.expect("kept");
        }
        let refused = runner.submit(submission("ana", message("m-3"))).await.expect_err("it is full");
        assert!(matches!(refused, RunnerError::Full { active: 2, depth: 2 }), "{refused}");
        assert_eq!(refused.to_string(), "2 executions are active, at most 2 may be: submit again later");
        runner.run_until_idle().await.expect("works");
        runner.submit(submission("ana", message("m-3"))).await.expect("there is room again");
    }
}

#[tokio::test]
async fn a_stop_ends_the_sends_under_way_and_gives_everything_back() {
    for (world, runner, _) in everywhere(POLICY).await {
        for number in 0..50 {
            runner.submit(submission("ana", message(&format!("m-{number}")))).await.expect("kept");
        }
        let stop = async {
            while world.push.keys().is_empty() {
                tokio::task::yield_now().await;
            }
        };
        runner.run(stop).await;
        let progress = runner.progress().await.expect("counts");
        assert_eq!(progress.held, 0);
        let once = world.push.keys();
        runner.run_until_idle().await.expect("works");
        let all: BTreeSet<_> = world.push.keys().into_iter().collect();
        assert_eq!((all.len(), world.push.keys().len()), (50, 50), "{} before the stop", once.len());
    }
}

#[tokio::test]
async fn a_worker_with_room_for_one_does_all() {
    for (world, _, url) in everywhere(POLICY).await {
        let runner = Runner::open(&url, world.config().with_batch(1).with_in_flight(1)).await.expect("it opens");
        for number in 0..10 {
            runner.submit(submission("ana", message(&format!("m-{number}")))).await.expect("kept");
        }
        runner.run_until_idle().await.expect("works");
        assert_eq!(world.push.keys().len(), 10);
    }
}

#[test]
fn futures_can_be_sent_between_threads() {
    fn check<T: Send>(_: impl Fn(&'static Runner) -> T) {}
    check(|runner| runner.run(async {}));
    check(|runner| runner.run_until_idle());
    check(|runner| runner.submit_all(vec![]));
    check(|runner| runner.receive_all(&[]));
    check(|runner| runner.prune(start()));
    check(|runner| runner.progress());
    fn shared<T: Send + Sync + Clone>() {}
    shared::<Runner>();
    let _: Option<Arc<Runner>> = None;
}

#[tokio::test]
async fn a_stop_is_heard_while_there_is_more_to_do() {
    for (world, _, url) in everywhere(POLICY).await {
        let runner = Runner::open(&url, world.config().with_batch(5)).await.expect("it opens");
        let all = (0..200).map(|number| submission("ana", message(&format!("m-{number}")))).collect();
        runner.submit_all(all).await.expect("kept");
        let stop = async {
            while world.push.keys().is_empty() {
                tokio::task::yield_now().await;
            }
        };
        runner.run(stop).await;
        let sent = world.push.keys().len();
        assert!(sent < 100, "{sent} of 200 were sent after the stop");
    }
}

#[tokio::test]
async fn a_no_that_came_in_counts_for_what_is_taken_up_beside_it() {
    for (world, runner, _) in everywhere(POLICY).await {
        runner.submit(submission("ana", message("m-1"))).await.expect("kept");
        runner.run_until_idle().await.expect("works");
        // Nobody works for a while, then both are claimed at once.
        let no = Receipt::refused("m-1/0.1.1/1".parse().expect("a key"), world.later(1), RefusedBy::Complaint);
        runner.submit(submission("ana", message("m-2"))).await.expect("kept");
        runner.submit(submission("bo", message("m-3"))).await.expect("kept");
        runner.receive(&no).await.expect("kept");
        runner.run_until_idle().await.expect("works");
        assert_eq!(world.push.keys(), ["m-1/0.1.1/1", "m-3/0.1.1/1"]);
        assert_eq!(ending(&runner, "m-2").await, Ending::Refused);
    }
}

#[tokio::test]
async fn a_source_that_panics_stops_nobody() {
    for url in empty_databases().await {
        let world = World::new(POLICY);
        let directory = Arc::new(Directory { answers: true.into(), panics: false.into() });
        let config = world.config().with_customers(Arc::clone(&directory) as Arc<dyn driver::Customers>);
        let runner = Runner::open(&url, config).await.expect("it opens");
        runner.submit(submission("eve", message("m-1"))).await.expect("kept");
        runner.submit(submission("ana", message("m-2"))).await.expect("kept");
        directory.panics.store(true, std::sync::atomic::Ordering::Relaxed);
        runner.run_until_idle().await.expect("works");
        assert_eq!(world.push.keys(), ["m-2/0.1.1/1"]);
        let parked = runner.parked(10).await.expect("reads");
        assert_eq!(parked.len(), 1);
        assert_eq!(parked[0].cause, "looking customer `eve` up panicked");
        assert!(runner.submit(submission("eve", message("m-3"))).await.is_err());
    }
}

#[tokio::test]
async fn what_comes_in_elsewhere_wakes_a_worker_at_once() {
    // On SQLite nobody tells other processes; there the poll finds it.
    for url in empty_databases().await.into_iter().filter(|url| url.starts_with("postgres")) {
        let world = World::new(POLICY);
        let runner = Runner::open(&url, world.config().with_poll(TimeDelta::hours(1))).await.expect("it opens");
        let elsewhere = Runner::open(&url, world.config()).await.expect("it opens");
        elsewhere.put_profile(&customer("ana")).await.expect("kept");
        let stop = async {
            for id in ["m-1", "m-2"] {
                // By now the worker found nothing, and would sleep for an hour.
                tokio::time::sleep(std::time::Duration::from_millis(300)).await;
                elsewhere.submit(submission("ana", message(id))).await.expect("kept");
                let key = format!("{id}/0.1.1/1");
                while !world.push.keys().contains(&key) {
                    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
                }
                tokio::time::sleep(std::time::Duration::from_millis(300)).await;
                elsewhere.receive(&receipt(&key, start(), ReceiptKind::Read)).await.expect("kept");
                while ending(&elsewhere, id).await != Ending::Reached {
                    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
                }
            }
        };
        let run = tokio::time::timeout(std::time::Duration::from_secs(60), runner.run(stop));
        run.await.expect("both are taken up long before the poll");
    }
}

/// Profiles from outside, which may not answer.
struct Directory {
    answers: std::sync::atomic::AtomicBool,
    /// Whether it panics when it is asked for Eve.
    panics: std::sync::atomic::AtomicBool,
}

#[async_trait::async_trait]
impl driver::Customers for Directory {
    async fn look_up(
        &self,
        name: &CustomerId,
        now: chrono::DateTime<chrono::Utc>,
    ) -> Result<driver::Known, driver::Unavailable> {
        if !self.answers.load(std::sync::atomic::Ordering::Relaxed) {
            return Err(driver::Unavailable);
        }
        let panics = self.panics.load(std::sync::atomic::Ordering::Relaxed);
        assert!(!panics || name.as_str() != "eve", "as told");
        Ok(driver::Known { profile: Arc::new(customer(name.as_str())), facts: Facts::at(now) })
    }
}

#[tokio::test]
async fn profiles_may_come_from_outside() {
    for url in empty_databases().await {
        let world = World::new(POLICY);
        let directory = Arc::new(Directory { answers: true.into(), panics: false.into() });
        let config = world.config().with_customers(Arc::clone(&directory) as Arc<dyn driver::Customers>);
        let runner = Runner::open(&url, config).await.expect("it opens");
        runner.submit(submission("eve", message("m-1"))).await.expect("kept");
        directory.answers.store(false, std::sync::atomic::Ordering::Relaxed);
        let refused = runner.submit(submission("eve", message("m-2"))).await.expect_err("nobody answers");
        assert_eq!(refused.to_string(), "nobody answers for customer `eve` at the moment");
        runner.run_until_idle().await.expect("works");
        assert!(world.push.keys().is_empty());
        directory.answers.store(true, std::sync::atomic::Ordering::Relaxed);
        world.run_until(&runner, world.later(10)).await;
        assert_eq!(world.push.keys().len() + world.mail.keys().len(), 1, "it went out when somebody answered");
        // What was learned here counts, whatever the source says.
        let key = world.push.keys().into_iter().chain(world.mail.keys()).next().expect("one");
        let no = Receipt::refused(key.parse().expect("a key"), world.later(0), RefusedBy::OptOut);
        runner.receive(&no).await.expect("kept");
        runner.run_until_idle().await.expect("works");
        runner.submit(submission("eve", message("m-3"))).await.expect("kept");
        runner.run_until_idle().await.expect("works");
        assert_eq!(ending(&runner, "m-3").await, Ending::NothingSent);
    }
}
