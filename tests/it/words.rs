//! The words of a plan: what is handed to each channel in the situations that turn on words.
//!
//! The numbers are those of `scenarios`; there the plan is shown, here what its dispatches say.

use std::fmt::Write as _;

use expect_test::{Expect, expect};
use serde_json::{Value, json};
use waypost::{ChannelKind, Plan};

use crate::check::World;

/// The plan's dispatches with the words of each, and what cannot be used with the reason.
fn told(world: &World, plan: &Plan) -> String {
    let (router, message, facts) = (world.router(), world.message(), world.facts());
    let mut told = String::new();
    for dispatch in plan.dispatches() {
        let fitted = router.fitted(dispatch, &message, &facts).expect("what is planned fits");
        assert_eq!(fitted.choice(), dispatch.content, "the plan says what the fit says");
        assert_eq!(fitted.price(), dispatch.price);
        let price = dispatch.price.map(|price| format!(", {price}")).unwrap_or_default();
        writeln!(told, "{}: {} units{price}", dispatch.channel, fitted.units()).expect("a string");
        let payload = serde_json::to_value(fitted.payload()).expect("JSON");
        let shown = match dispatch.kind {
            ChannelKind::EMAIL => json!({ "subject": payload["subject"], "text": payload["text"] }),
            _ => payload,
        };
        writeln!(told, "  {shown}").expect("a string");
        for loss in fitted.losses() {
            writeln!(told, "  - {:?} {} {}", loss.block, loss.kind, loss.characters).expect("a string");
        }
    }
    for candidate in plan.trace().candidates() {
        if let Some(reason) = candidate.verdict.reason() {
            writeln!(told, "{}: {reason}", candidate.channel).expect("a string");
        }
    }
    told
}

#[track_caller]
fn check(world: &World, expected: Expect) {
    expected.assert_eq(&told(world, &world.plan()));
}

fn saying(sender: &str, request: &str, content: Value) -> World {
    World::scenario(sender, request).with(json!({ "message": { "content": content } }))
}

/// The statement is an email that a phone shows well; nothing goes by SMS.
#[test]
fn s02_monthly_statement() {
    let world = World::scenario("bank", "02-statement/request.json");
    check(
        &world,
        expect![[r#"
        mail: 1 units
          {"subject":"Su extracto de octubre","text":"Saldo inicial 1.204,10 EUR. Ingresos 2.310,00 EUR. Gastos 1.988,40 EUR. Saldo\nfinal 1.525,70 EUR.\n\nCancelar suscripción: https://example.com/unsubscribe"}
        app-push: rule `statement-by-mail` allows other kinds only
        sms-main: rule `statement-by-mail` allows other kinds only
        call: no voice endpoint on file
    "#]],
    );
    let (router, message, facts) = (world.router(), world.message(), world.facts());
    let plan = world.plan();
    let fitted = router.fitted(plan.dispatches().next().expect("an email"), &message, &facts).expect("it fits");
    let payload = serde_json::to_value(fitted.payload()).expect("JSON");
    let html = payload["html"].as_str().expect("HTML");
    for wanted in ["width=device-width", "color-scheme", "lang=\"es\""] {
        assert!(html.contains(wanted), "{wanted}");
    }
}

/// After 24 hours the approved template goes, with its parameters in order.
#[test]
fn s07_session_over() {
    check(
        &World::scenario("telecom", "07-session-over/request-template.json"),
        expect![[r#"
        wa-main: 1 units, 0.06 EUR
          {"messaging_product":"whatsapp","recipient_type":"individual","template":{"components":[{"parameters":[{"text":"Pedro","type":"text"},{"text":"cambio de tarifa","type":"text"}],"type":"body"}],"language":{"code":"es"},"name":"case_update"},"type":"template"}
        sms-main: 1 units, 0.045 EUR
          {"encoding":"gsm7","segments":1,"text":"Hola Pedro, su cambio de tarifa ya esta hecho y no tiene coste.","units":63}
        sms-backup: 1 units, 0.052 EUR
          {"encoding":"gsm7","segments":1,"text":"Hola Pedro, su cambio de tarifa ya esta hecho y no tiene coste.","units":63}
        mail: 1 units
          {"subject":"Hola Pedro, su cambio de tarifa ya esta hecho y no tiene coste.","text":"Hola Pedro, su cambio de tarifa ya esta hecho y no tiene coste.\n\nCancelar suscripción: https://example.com/unsubscribe"}
        bot: no chatbot endpoint on file
        agents: no live_chat endpoint on file
        hotline: no voice endpoint on file
    "#]],
    );
}

/// The code stands as it is wherever it goes, and no link goes by SMS.
#[test]
fn s09_sign_in_code() {
    let blocks = json!({ "variants": [{ "form": "blocks", "locale": "es", "blocks": [
        { "heading": "Tu código", "priority": 1 },
        { "text": "Usa este código para entrar. No lo compartas con nadie, tampoco con nosotros.", "short": "Tu código:" },
        { "code": "482913" },
        { "action": { "label": "Entrar", "url": "https://bank.example/in?c=482913" } },
    ] }] });
    check(
        &saying("bank", "09-sign-in-code/request-fresh.json", blocks),
        expect![[r#"
            app-push: 1 units
              {"message":{"android":{"priority":"HIGH","ttl":"300s"},"apns":{"headers":{"apns-expiration":"1795215900"},"payload":{"aps":{"interruption-level":"time-sensitive"}}},"data":{"label":"Entrar","link":"https://bank.example/in?c=482913"},"notification":{"body":"Usa este código para entrar. No lo compartas con nadie, tampoco con nosotros.\n482913","title":"Tu código"}}}
            sms-main: 2 units, 0.09 EUR
              {"encoding":"ucs2","segments":2,"text":"Tu código\nUsa este código para entrar. No lo compartas con nadie, tampoco con nosotros.\n482913","units":94}
              - Some(0) flattened 0
              - Some(3) unlinked 38
            mail: 1 units
              {"subject":"Tu código","text":"Usa este código para entrar. No lo compartas con nadie, tampoco con nosotros.\n\n482913\n\nEntrar: https://bank.example/in?c=482913\n\nCancelar suscripción: https://example.com/unsubscribe"}
            call: no voice endpoint on file
        "#]],
    );
}

/// One short text with a link: not for email, where the policy asks for long form; SMS takes it.
#[test]
fn s12_one_short_text() {
    check(
        &World::scenario("shop", "12-short-text/request.json"),
        expect![[r#"
        sms-main: 1 units, 0.045 EUR
          {"encoding":"gsm7","segments":1,"text":"How to repot a fern:\nhttps://shop.example/fern","units":46}
        app-inbox: no in_app endpoint on file
        app-push: no push endpoint on file
        mail: the policy asks for long form and the message has none
        whatsapp: no whatsapp endpoint on file
    "#]],
    );
}

fn article(summary: Option<&str>) -> Value {
    let mut text = json!({ "text": "A fern wants a pot that is one size larger. Take it out in spring, shake the old \
        soil off, cut what is brown. Put fresh soil around it, press it down a little, and water it well. Then leave it \
        in the shade for a week, and it will thank you with new leaves.", "whole": true });
    if let Some(summary) = summary {
        text["short"] = summary.into();
    }
    json!({ "variants": [{ "form": "blocks", "blocks": [
        { "heading": "How to repot a fern", "priority": 1 },
        text,
        { "action": { "label": "All of it", "url": "https://shop.example/fern" }, "pinned": true },
    ] }] })
}

/// A long article: by SMS its authored summary and link in one segment, or nothing; never a part of it.
#[test]
fn s13_a_long_article() {
    let one_segment = |content| {
        let world = saying("shop", "12-short-text/request.json", content);
        world.channel("id = \"sms-short\"\nkind = \"sms\"\ncapabilities = [\"text\"]\nsms = { max_segments = 1 }\n")
    };
    check(
        &one_segment(article(Some("Repotting a fern in five steps."))),
        expect![[r#"
        mail: 1 units
          {"subject":"How to repot a fern","text":"A fern wants a pot that is one size larger. Take it out in spring, shake the\nold soil off, cut what is brown. Put fresh soil around it, press it down a\nlittle, and water it well. Then leave it in the shade for a week, and it will\nthank you with new leaves.\n\nAll of it: https://shop.example/fern\n\nUnsubscribe: https://example.com/unsubscribe"}
        sms-short: 1 units
          {"encoding":"gsm7","segments":1,"text":"How to repot a fern\nRepotting a fern in five steps.\nAll of it: https://shop.example/fern","units":88}
          - Some(0) flattened 0
          - Some(1) shortened 0
          - Some(2) flattened 0
        sms-main: 3 units, 0.135 EUR
          {"encoding":"gsm7","segments":3,"text":"How to repot a fern\nA fern wants a pot that is one size larger. Take it out in spring, shake the old soil off, cut what is brown. Put fresh soil around it, press it down a little, and water it well. Then leave it in the shade for a week, and it will thank you with new leaves.\nAll of it: https://shop.example/fern","units":313}
          - Some(0) flattened 0
          - Some(2) flattened 0
        app-inbox: no in_app endpoint on file
        app-push: no push endpoint on file
        whatsapp: no whatsapp endpoint on file
    "#]],
    );
    check(
        &one_segment(article(None)),
        expect![[r#"
        mail: 1 units
          {"subject":"How to repot a fern","text":"A fern wants a pot that is one size larger. Take it out in spring, shake the\nold soil off, cut what is brown. Put fresh soil around it, press it down a\nlittle, and water it well. Then leave it in the shade for a week, and it will\nthank you with new leaves.\n\nAll of it: https://shop.example/fern\n\nUnsubscribe: https://example.com/unsubscribe"}
        sms-main: 3 units, 0.135 EUR
          {"encoding":"gsm7","segments":3,"text":"How to repot a fern\nA fern wants a pot that is one size larger. Take it out in spring, shake the old soil off, cut what is brown. Put fresh soil around it, press it down a little, and water it well. Then leave it in the shade for a week, and it will thank you with new leaves.\nAll of it: https://shop.example/fern","units":313}
          - Some(0) flattened 0
          - Some(2) flattened 0
        app-inbox: no in_app endpoint on file
        app-push: no push endpoint on file
        whatsapp: no whatsapp endpoint on file
        sms-short: too long: 2 segments of at most 1
    "#]],
    );
}

/// One text in four alphabets: the right encoding, segments and price, and what was changed.
#[test]
fn s26_the_same_text_in_four_alphabets() {
    let check = |country: &str, text: &str, expected| {
        let world = saying("shop", "12-short-text/request.json", json!({ "variants": [{ "body": text }] }));
        let world = world.with(json!({ "profile": { "country": country } })).channel(
            r#"
            id = "sms-world"
            kind = "sms"
            capabilities = ["text"]
            price = { micros = 10000, currency = "EUR" }
            prices = [{ country = "IN", price = { micros = 2000, currency = "EUR" } }]
            sms = { tables = { TR = ["turkish"], IN = ["hindi"], ES = ["spanish"] } }
            "#,
        );
        check(&world, expected);
    };
    let spanish = "Tu pedido llegará mañana por la mañana. Si no estás en casa, lo dejaremos en la tienda más próxima: allí lo podrás recoger hasta el sábado.";
    check(
        "ES",
        spanish,
        expect![[r#"
        sms-world: 1 units, 0.01 EUR
          {"encoding":"gsm7","segments":1,"text":"Tu pedido llegará mañana por la mañana. Si no estás en casa, lo dejaremos en la tienda más próxima: allí lo podrás recoger hasta el sábado.","units":146}
        sms-main: 3 units, 0.135 EUR
          {"encoding":"ucs2","segments":3,"text":"Tu pedido llegará mañana por la mañana. Si no estás en casa, lo dejaremos en la tienda más próxima: allí lo podrás recoger hasta el sábado.","units":139}
        app-inbox: no in_app endpoint on file
        app-push: no push endpoint on file
        mail: the policy asks for long form and the message has none
        whatsapp: no whatsapp endpoint on file
    "#]],
    );
    check(
        "FR",
        spanish,
        expect![[r#"
        sms-world: 3 units, 0.03 EUR
          {"encoding":"ucs2","segments":3,"text":"Tu pedido llegará mañana por la mañana. Si no estás en casa, lo dejaremos en la tienda más próxima: allí lo podrás recoger hasta el sábado.","units":139}
        sms-main: 3 units, 0.135 EUR
          {"encoding":"ucs2","segments":3,"text":"Tu pedido llegará mañana por la mañana. Si no estás en casa, lo dejaremos en la tienda más próxima: allí lo podrás recoger hasta el sábado.","units":139}
        app-inbox: no in_app endpoint on file
        app-push: no push endpoint on file
        mail: the policy asks for long form and the message has none
        whatsapp: no whatsapp endpoint on file
    "#]],
    );
    check(
        "TR",
        "Siparişiniz yarın sabah ulaşacak. Evde değilseniz en yakın mağazaya bırakacağız; cumartesiye kadar alabilirsiniz.",
        expect![[r#"
        sms-world: 1 units, 0.01 EUR
          {"encoding":"gsm7","segments":1,"text":"Siparişiniz yarın sabah ulaşacak. Evde değilseniz en yakın mağazaya bırakacağız; cumartesiye kadar alabilirsiniz.","units":113}
        sms-main: 2 units, 0.09 EUR
          {"encoding":"ucs2","segments":2,"text":"Siparişiniz yarın sabah ulaşacak. Evde değilseniz en yakın mağazaya bırakacağız; cumartesiye kadar alabilirsiniz.","units":113}
        app-inbox: no in_app endpoint on file
        app-push: no push endpoint on file
        mail: the policy asks for long form and the message has none
        whatsapp: no whatsapp endpoint on file
    "#]],
    );
    check(
        "IN",
        "आपका पार्सल कल सुबह पहुँचेगा। यदि आप घर पर नहीं हैं तो हम उसे पास की दुकान पर छोड़ देंगे।",
        expect![[r#"
        sms-world: 1 units, 0.002 EUR
          {"encoding":"gsm7","segments":1,"text":"आपका पार्सल कल सुबह पहुँचेगा। यदि आप घर पर नहीं हैं तो हम उसे पास की दुकान पर छोड़ देंगे।","units":91}
        sms-main: 2 units, 0.09 EUR
          {"encoding":"ucs2","segments":2,"text":"आपका पार्सल कल सुबह पहुँचेगा। यदि आप घर पर नहीं हैं तो हम उसे पास की दुकान पर छोड़ देंगे।","units":89}
        app-inbox: no in_app endpoint on file
        app-push: no push endpoint on file
        mail: the policy asks for long form and the message has none
        whatsapp: no whatsapp endpoint on file
    "#]],
    );
    check(
        "ES",
        "Tu pedido llega hoy 🎉",
        expect![[r#"
        sms-world: 1 units, 0.01 EUR
          {"encoding":"ucs2","segments":1,"text":"Tu pedido llega hoy 🎉","units":22}
        sms-main: 1 units, 0.045 EUR
          {"encoding":"ucs2","segments":1,"text":"Tu pedido llega hoy 🎉","units":22}
        app-inbox: no in_app endpoint on file
        app-push: no push endpoint on file
        mail: the policy asks for long form and the message has none
        whatsapp: no whatsapp endpoint on file
    "#]],
    );
    check(
        "ES",
        "“Tu pedido” llega hoy… Si no hay nadie – lo dejamos en la tienda de la esquina, abierta hasta las 20:00 todos los días.",
        expect![[r#"
        sms-world: 1 units, 0.01 EUR
          {"encoding":"gsm7","segments":1,"text":"\"Tu pedido\" llega hoy... Si no hay nadie - lo dejamos en la tienda de la esquina, abierta hasta las 20:00 todos los días.","units":122}
          - None respelled 4
        sms-main: 2 units, 0.09 EUR
          {"encoding":"ucs2","segments":2,"text":"“Tu pedido” llega hoy… Si no hay nadie – lo dejamos en la tienda de la esquina, abierta hasta las 20:00 todos los días.","units":119}
        app-inbox: no in_app endpoint on file
        app-push: no push endpoint on file
        mail: the policy asks for long form and the message has none
        whatsapp: no whatsapp endpoint on file
    "#]],
    );
}
