//! What is left of an execution that cannot go on, or cannot be written, on every database that is there.

mod world;

use waypost::{chrono::TimeDelta, driver::DeliveryError, *};
use world::*;

#[tokio::test]
async fn what_is_poisoned_is_parked_and_stops_nobody() {
    for (world, runner, url) in everywhere(POLICY).await {
        for id in ["m-1", "m-2", "m-3"] {
            runner.submit(submission("ana", message(id))).await.expect("kept");
        }
        spoil(&url, "update waypost_executions set execution = '{\"version\": 7}' where id = 'm-1'").await;
        spoil(&url, "update waypost_executions set takeovers = 11 where id = 'm-3'").await;
        runner.run_until_idle().await.expect("works");
        assert_eq!(world.push.keys(), ["m-2/0.1.1/1"]);
        let parked = runner.parked(10).await.expect("reads");
        let parked: Vec<_> = parked.iter().map(|one| (one.message.as_str(), one.cause.as_str())).collect();
        assert_eq!(parked.iter().map(|(id, _)| *id).collect::<Vec<_>>(), ["m-1", "m-3"]);
        assert!(parked[0].1.starts_with("what is stored of the execution cannot be read: "), "{}", parked[0].1);
        assert_eq!(parked[1].1, "11 workers in a row ended while they held it");
        assert_eq!(runner.progress().await.expect("counts").parked, 2);
        // Released, it runs; what is still spoilt is parked again.
        assert!(runner.release(&"m-3".parse().expect("a name")).await.expect("releases"));
        assert!(runner.release(&"m-1".parse().expect("a name")).await.expect("releases"));
        assert!(!runner.release(&"m-2".parse().expect("a name")).await.expect("asks"));
        runner.run_until_idle().await.expect("works");
        assert_eq!(world.push.keys(), ["m-2/0.1.1/1", "m-3/0.1.1/1"]);
        assert_eq!(runner.parked(10).await.expect("reads").len(), 1);
    }
}

#[tokio::test]
async fn without_a_profile_it_is_parked_until_there_is_one() {
    for (world, runner, url) in everywhere(POLICY).await {
        runner.submit(submission("ana", message("m-1"))).await.expect("kept");
        spoil(&url, "update waypost_customers set profile = null where customer = 'ana'").await;
        runner.run_until_idle().await.expect("works");
        assert_eq!(runner.parked(10).await.expect("reads")[0].cause, "no profile is known of customer `ana`");
        runner.put_profile(&customer("ana")).await.expect("kept");
        runner.release(&"m-1".parse().expect("a name")).await.expect("releases");
        runner.run_until_idle().await.expect("works");
        assert_eq!(world.push.keys(), ["m-1/0.1.1/1"]);
    }
}

#[tokio::test]
async fn what_was_answered_while_the_database_failed_is_not_repeated() {
    for (world, runner, url) in everywhere(POLICY).await {
        runner.submit(submission("ana", message("m-1"))).await.expect("kept");
        let postgres = url.starts_with("postgres");
        if postgres {
            let function =
                "create function no() returns trigger language plpgsql as $$ begin raise 'disk full'; end $$";
            spoil(&url, function).await;
            spoil(&url, "create trigger no before update on waypost_attempts for each row execute function no()").await;
        } else {
            let sql = "create trigger no before update on waypost_attempts begin select raise(abort, 'disk full'); end";
            spoil(&url, sql).await;
        }
        let watched = async {
            while runner.progress().await.expect("counts").database_failures == 0 {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
            spoil(&url, if postgres { "drop trigger no on waypost_attempts" } else { "drop trigger no" }).await;
            // Far longer than the lease.
            for _ in 0..20 {
                world.clock.advance_to(world.later(0) + TimeDelta::seconds(10));
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
        };
        runner.run(watched).await;
        assert_eq!(world.push.keys(), ["m-1/0.1.1/1"]);
        let status = runner.status(&"m-1".parse().expect("a name")).await.expect("reads").expect("is known");
        assert!(status.outcome.tried[0].attempt.reached_at(ReceiptKind::Accepted).is_some(), "{status}");
    }
}

#[tokio::test]
async fn what_was_answered_before_it_was_parked_is_not_repeated() {
    for (world, runner, url) in everywhere(POLICY).await {
        world.push.will([Deed::FailLater(DeliveryError::Rejected {
            class: policy::FailureClass::Unreachable,
            detail: None,
        })]);
        runner.submit(submission("ana", message("m-1"))).await.expect("kept");
        // While the push is under way, the profile goes; nobody can say where the email should.
        let goes = async {
            while world.push.keys().is_empty() {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
            spoil(&url, "update waypost_customers set profile = null where customer = 'ana'").await;
        };
        let (worked, ()) = futures::future::join(runner.run_until_idle(), goes).await;
        worked.expect("works");
        assert_eq!(runner.parked(10).await.expect("reads")[0].cause, "no profile is known of customer `ana`");
        runner.put_profile(&customer("ana")).await.expect("kept");
        runner.release(&"m-1".parse().expect("a name")).await.expect("releases");
        runner.run_until_idle().await.expect("works");
        assert_eq!((world.push.keys(), world.mail.keys()), (vec!["m-1/0.1.1/1".into()], vec!["m-1/0.2.1/1".into()]));
    }
}
