//! Tokens for programs.

use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use causeway_core::Timestamp;
use causeway_identity::{IdentityError, NewToken, Via, is_well_formed};

use crate::world::{World, now, operator};

fn token(name: &str, expires: Option<Timestamp>) -> NewToken {
    NewToken { name: name.into(), user: "user:default/jane".into(), groups: vec!["team-a".into()], expires }
}

#[tokio::test]
async fn a_token_stands_for_its_user_and_its_text_is_not_kept() {
    let world = World::new().await;
    let text = world.tokens.create(&operator(), &token("laptop", None)).await.expect("it is made");
    assert!(is_well_formed(&text) && text.starts_with("cwt_"));
    let identity = world.authenticator.identify(&text, now()).expect("it is known");
    assert_eq!((identity.actor.user.as_str(), identity.via), ("user:default/jane", Via::Token));
    assert_eq!(identity.actor.groups, ["team-a", "system:authenticated"]);
    let secret = text.rsplit('_').next().expect("a secret part");
    assert!(!world.is_on_disk(secret) && !world.is_on_disk(&secret[..40]));
    let listed = world.tokens.list().await.expect("they are listed");
    assert_eq!((listed.len(), listed[0].name.as_str(), listed[0].expires), (1, "laptop", None));
}

#[tokio::test]
async fn what_is_not_a_valid_token_is_nobody() {
    let world = World::new().await;
    let text = world.tokens.create(&operator(), &token("laptop", None)).await.expect("it is made").to_string();
    let last = if text.ends_with('0') { '1' } else { '0' };
    let typo = format!("{}{last}", &text[..text.len() - 1]);
    let other_kind = text.replacen("cwt_", "cws_", 1);
    // well-formed, with the id of the real one and another secret
    let forged = {
        let other = world.tokens.create(&operator(), &token("other", None)).await.expect("it is made").to_string();
        let id = text.split('_').nth(1).expect("an id");
        format!("cwt_{id}_{}", other.rsplit('_').next().expect("a secret"))
    };
    let long = "x".repeat(100_000);
    let cases = [
        "",
        "c",
        "cwt",
        "cwt__",
        "Bearer x",
        "ääää",
        "🦀🦀",
        "cwt_\u{0}_",
        typo.as_str(),
        other_kind.as_str(),
        forged.as_str(),
        long.as_str(),
    ];
    for text in cases {
        assert!(world.authenticator.identify(text, now()).is_none(), "{text:.40}");
    }
    assert!(!is_well_formed(&typo));
    assert!(world.authenticator.identify(&text, now()).is_some());
}

#[tokio::test]
async fn a_token_ends_when_it_says() {
    let world = World::new().await;
    let end = now().after(Duration::from_secs(60));
    let text = world.tokens.create(&operator(), &token("short", Some(end))).await.expect("it is made");
    assert!(world.authenticator.identify(&text, now().after(Duration::from_secs(59))).is_some());
    assert!(world.authenticator.identify(&text, end).is_none());
}

#[tokio::test]
async fn rotating_replaces_and_revoking_ends_it_at_once() {
    let world = World::new().await;
    let (tokens, known) = (&world.tokens, |text: &str| world.authenticator.identify(text, now()));
    let first = tokens.create(&operator(), &token("laptop", None)).await.expect("it is made");
    let second = tokens.rotate(&operator(), "laptop").await.expect("it is replaced");
    assert!(known(&first).is_none());
    assert_eq!(known(&second).expect("it is known").actor.user, "user:default/jane");
    let third = tokens.create(&operator(), &token("laptop", None)).await.expect("one of the same name");
    assert!(known(&second).is_none() && known(&third).is_some());
    assert_eq!(tokens.list().await.expect("they are listed").len(), 1);
    tokens.revoke(&operator(), "laptop").await.expect("it is taken back");
    assert!(known(&third).is_none());
    assert!(
        matches!(tokens.revoke(&operator(), "laptop").await, Err(IdentityError::NoToken(name)) if name == "laptop")
    );
    assert!(matches!(tokens.rotate(&operator(), "laptop").await, Err(IdentityError::NoToken(_))));
}

#[tokio::test]
async fn the_administrators_token_is_made_once_and_only_its_owner_can_read_it() {
    let world = World::new().await;
    let file = world.folder.path().join("admin.token");
    // what a crash may have left must not widen the mode
    std::fs::write(world.folder.path().join("admin.new"), "left over").expect("it is written");
    world.tokens.ensure_admin(&file).await.expect("it is made");
    let text = std::fs::read_to_string(&file).expect("it is there");
    let mode = || std::fs::metadata(&file).expect("it is there").permissions().mode() & 0o777;
    assert_eq!(mode(), 0o600);
    let identity = world.authenticator.identify(text.trim(), now()).expect("it is known");
    assert_eq!(identity.actor.user, "admin");
    assert!(identity.actor.groups.iter().any(|g| g == "system:masters"));

    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).expect("it is opened");
    world.tokens.ensure_admin(&file).await.expect("it is there already");
    assert_eq!((std::fs::read_to_string(&file).expect("it is there"), mode()), (text.clone(), 0o600));

    std::fs::remove_file(&file).expect("it is lost");
    world.tokens.ensure_admin(&file).await.expect("it is made again");
    let fresh = std::fs::read_to_string(&file).expect("it is there");
    assert_ne!(fresh, text);
    assert!(world.authenticator.identify(text.trim(), now()).is_none(), "the lost one is worth nothing");
    assert!(world.authenticator.identify(fresh.trim(), now()).is_some());
}
