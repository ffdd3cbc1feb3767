//! What pruning deletes, and that it changes no decision, on every database that is there.

mod world;

use waypost::{chrono::TimeDelta, *};
use waypost_runner::{Pruned, Runner, Submitted};
use world::*;

/// Prunes what settled until now.
async fn prune(world: &World, runner: &Runner) -> Pruned {
    runner.prune(world.later(0) + TimeDelta::seconds(1)).await.expect("prunes")
}

async fn is_known(runner: &Runner, id: &str) -> bool {
    runner.status(&id.parse().expect("a name")).await.expect("reads").is_some()
}

#[tokio::test]
async fn what_is_pruned_counts_for_as_long_as_a_cap_asks() {
    for (world, runner, _) in everywhere(CAPPED).await {
        world.push.will([Deed::Deliver; 3]);
        for number in 0..3 {
            runner.submit(submission("ana", visit(&format!("m-{number}")))).await.expect("kept");
        }
        runner.run_until_idle().await.expect("works");
        assert_eq!(runner.prune(start()).await.expect("prunes"), Pruned::default());
        let pruned = prune(&world, &runner).await;
        assert_eq!((pruned.executions, pruned.attempts, pruned.feedback, pruned.sends), (3, 3, 3, 0));
        assert_eq!(prune(&world, &runner).await, Pruned::default());
        assert!(!is_known(&runner, "m-1").await);
        // Another waits for tomorrow, and so does the same again: the first was a send of its own.
        for id in ["m-9", "m-1"] {
            assert_eq!(runner.submit(submission("ana", visit(id))).await.expect("kept"), Submitted::New);
            let next = runner.run_until_idle().await.expect("works");
            assert_eq!(next, Some(start() + TimeDelta::days(1)), "{id}");
        }
        let sent = || count(world.puppets().into_iter().flat_map(|puppet| puppet.keys()));
        assert_eq!(sent().len(), 3);
        world.run_until(&runner, start() + TimeDelta::days(1)).await;
        assert_eq!((sent().len(), sent()["m-1/0.1.1/1"], sent()["m-9/0.1.1/1"]), (4, 2, 1));
        // No cap counts the first three any more, and the last two for another day.
        let sends = prune(&world, &runner).await.sends;
        assert_eq!(sends, 0, "sends are counted in whole seconds");
        world.clock.advance_to(start() + TimeDelta::days(1) + TimeDelta::seconds(2));
        assert_eq!(prune(&world, &runner).await.sends, 3);
        runner.submit(submission("ana", visit("m-10"))).await.expect("kept");
        runner.submit(submission("ana", visit("m-11"))).await.expect("kept");
        let next = runner.run_until_idle().await.expect("works");
        assert_eq!((next.is_some(), sent().len()), (true, 5), "one of two has room");
    }
}

#[tokio::test]
async fn a_no_outlives_what_it_was_said_to() {
    for (world, runner, _) in everywhere(POLICY).await {
        runner.submit(submission("ana", message("m-1"))).await.expect("kept");
        runner.run_until_idle().await.expect("works");
        let no = Receipt::refused("m-1/0.1.1/1".parse().expect("a key"), world.later(0), RefusedBy::Complaint);
        runner.receive(&no).await.expect("kept");
        runner.run_until_idle().await.expect("works");
        let pruned = prune(&world, &runner).await;
        assert_eq!((pruned.executions, pruned.inputs, pruned.feedback), (1, 1, 1));
        runner.put_profile(&customer("ana")).await.expect("kept");
        // Somebody else has a message of the same name, and learns something else.
        world.push.will([Deed::Deliver]);
        assert_eq!(runner.submit(submission("bo", message("m-1"))).await.expect("kept"), Submitted::New);
        runner.run_until_idle().await.expect("works");
        assert_eq!(ending(&runner, "m-1").await, Ending::Reached);
        let planned = async |id: &str| {
            runner.submit(submission("bo", message(id))).await.expect("kept");
            let status = runner.status(&id.parse().expect("a name")).await.expect("reads").expect("is known");
            status.plan.to_string().replace(id, "it")
        };
        let before = planned("m-4").await;
        for id in ["m-2", "m-3"] {
            runner.submit(submission("ana", message(id))).await.expect("kept");
            runner.run_until_idle().await.expect("works");
            assert_eq!(ending(&runner, id).await, Ending::NothingSent);
            prune(&world, &runner).await;
        }
        // That a push arrived and was not read is remembered too: emails are tried first by now.
        assert!(!is_known(&runner, "m-1").await);
        assert_eq!(planned("m-5").await, before);
        assert_eq!((world.push.keys().len(), world.mail.keys()), (2, vec!["m-4/0.1.1/1".to_owned()]));
    }
}

#[tokio::test]
async fn what_is_not_over_is_not_pruned() {
    for (world, runner, url) in everywhere(POLICY).await {
        for (id, name) in [("m-1", "ana"), ("m-2", "bo"), ("m-3", "bo")] {
            runner.submit(submission(name, message(id))).await.expect("kept");
        }
        spoil(&url, "update waypost_executions set takeovers = 11 where id = 'm-3'").await;
        world.push.will([Deed::Deliver]);
        runner.run_until_idle().await.expect("works");
        // The first settled and is still to be told of a complaint; the second waits; the third is parked.
        let no = Receipt::refused("m-1/0.1.1/1".parse().expect("a key"), world.later(0), RefusedBy::Complaint);
        runner.receive(&no).await.expect("kept");
        let stray = receipt("m-8/0.1.1/1", start(), ReceiptKind::Read);
        runner.receive(&stray).await.expect("kept");
        for name in ["ana", "bo"] {
            let paid = Event::new(Code::literal("paid"), world.later(0));
            runner.event(&name.parse().expect("a name"), &paid).await.expect("kept");
        }
        let pruned = prune(&world, &runner).await;
        assert_eq!((pruned.executions, pruned.events, pruned.unmatched), (0, 1, 1));
        assert!(runner.unmatched(10).await.expect("reads").is_empty());
        runner.run_until_idle().await.expect("works");
        let pruned = prune(&world, &runner).await;
        assert_eq!((pruned.executions, pruned.events), (1, 0));
        assert!(is_known(&runner, "m-2").await && is_known(&runner, "m-3").await);
        runner.submit(submission("ana", message("m-4"))).await.expect("kept");
        runner.run_until_idle().await.expect("works");
        assert_eq!(ending(&runner, "m-4").await, Ending::NothingSent);
    }
}
