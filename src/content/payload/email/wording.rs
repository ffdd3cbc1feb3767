//! Wording: the only words of an email that are not its author's.

use crate::locale::Locale;

/// What stands on the link to unsubscribe, by language.
const UNSUBSCRIBE: [(&str, &str); 38] = [
    ("ar", "إلغاء الاشتراك"),
    ("bg", "Отписване"),
    ("ca", "Cancel·la la subscripció"),
    ("cs", "Odhlásit odběr"),
    ("da", "Afmeld"),
    ("de", "Abmelden"),
    ("el", "Διαγραφή"),
    ("en", "Unsubscribe"),
    ("es", "Cancelar suscripción"),
    ("fa", "لغو اشتراک"),
    ("fi", "Peruuta tilaus"),
    ("fr", "Se désabonner"),
    ("he", "ביטול הרשמה"),
    ("hi", "सदस्यता छोड़ें"),
    ("hr", "Odjava"),
    ("hu", "Leiratkozás"),
    ("id", "Berhenti berlangganan"),
    ("it", "Annulla iscrizione"),
    ("ja", "配信停止"),
    ("ko", "수신 거부"),
    ("lt", "Atsisakyti prenumeratos"),
    ("ms", "Nyahlanggan"),
    ("nb", "Meld deg av"),
    ("nl", "Uitschrijven"),
    ("no", "Meld deg av"),
    ("pl", "Wypisz się"),
    ("pt", "Cancelar inscrição"),
    ("pt-PT", "Cancelar subscrição"),
    ("ro", "Dezabonare"),
    ("ru", "Отписаться"),
    ("sk", "Odhlásiť odber"),
    ("sv", "Avregistrera"),
    ("th", "ยกเลิกการรับข่าวสาร"),
    ("tr", "Abonelikten çık"),
    ("uk", "Відписатися"),
    ("vi", "Hủy đăng ký"),
    ("zh", "取消订阅"),
    ("zh-Hant", "取消訂閱"),
];

/// The word for it in a language or the nearest parent of it that is known, or else in English.
pub(super) fn unsubscribe(locale: Option<Locale>) -> &'static str {
    let mut at = locale;
    while let Some(locale) = at {
        let tag = match (locale.as_str(), locale.usual_script()) {
            (tag, Some("Hant")) if tag.starts_with("zh-") => "zh-Hant",
            (tag, _) => tag,
        };
        if let Some((_, word)) = UNSUBSCRIBE.iter().find(|(known, _)| *known == tag) {
            return word;
        }
        at = locale.parent();
    }
    "Unsubscribe"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_language_is_taken() {
        for (locale, word) in [
            ("pt-BR", "Cancelar inscrição"),
            ("pt-PT", "Cancelar subscrição"),
            ("zh-Hant-TW", "取消訂閱"),
            ("zh-TW", "取消訂閱"),
            ("zh-HK", "取消訂閱"),
            ("zh-CN", "取消订阅"),
            ("zh", "取消订阅"),
            ("gsw", "Unsubscribe"),
        ] {
            assert_eq!(unsubscribe(Some(locale.parse().expect("a tag"))), word, "{locale}");
        }
        assert_eq!(unsubscribe(None), "Unsubscribe");
        assert!(UNSUBSCRIBE.is_sorted_by_key(|(tag, _)| *tag));
    }
}
