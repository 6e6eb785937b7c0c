//! Browser sessions, begun by a one-time link.

use std::time::Duration;

use causeway_core::GroupResource;
use causeway_identity::{Identity, IdentityError, SESSION_LIFE, SIGN_IN_LIFE, Via};
use causeway_resources::Actor;

use crate::world::{World, now};

fn jane() -> Identity {
    Identity { actor: Actor::user("user:default/jane"), via: Via::Token, credential: "t".into() }
}

#[tokio::test]
async fn a_code_begins_one_session_and_no_second() {
    let world = World::new().await;
    let code = world.sign_in.issue(jane(), now());
    assert!(world.authenticator.identify(&code, now()).is_none(), "a code is no session");
    assert!(world.sign_in.is_open(&code, now()) && world.sign_in.is_open(&code, now()), "looking does not use it up");
    let cookie = world.sign_in.redeem(&code, now()).await.expect("it is good");
    let identity = world.authenticator.identify(&cookie, now()).expect("it is known");
    assert_eq!((identity.actor.user.as_str(), identity.via), ("user:default/jane", Via::Session));
    assert!(!world.sign_in.is_open(&code, now()));
    assert!(matches!(world.sign_in.redeem(&code, now()).await, Err(IdentityError::BadCode)));
    assert!(matches!(world.sign_in.redeem("nonsense", now()).await, Err(IdentityError::BadCode)));
    let secret = cookie.rsplit('_').next().expect("a secret part");
    assert!(!world.is_on_disk(secret) && !world.is_on_disk(&secret[..40]));
}

#[tokio::test]
async fn codes_and_sessions_end_in_time_and_sessions_when_asked() {
    let world = World::new().await;
    let late = world.sign_in.issue(jane(), now());
    let end = now().after(SIGN_IN_LIFE);
    assert!(!world.sign_in.is_open(&late, end));
    assert!(matches!(world.sign_in.redeem(&late, end).await, Err(IdentityError::BadCode)));
    let code = world.sign_in.issue(jane(), now());
    let cookie = world.sign_in.redeem(&code, now()).await.expect("it is good");
    let over = now().after(SESSION_LIFE);
    assert!(world.authenticator.identify(&cookie, over).is_none());
    assert!(world.authenticator.identify(&cookie, now().after(SESSION_LIFE - Duration::from_secs(1))).is_some());
    let identity = world.authenticator.identify(&cookie, now()).expect("it is known");
    // the next to sign in sweeps up what is over, and nothing else
    let sessions = || world.resources.store().count(&GroupResource::new("platform.causeway.dev", "sessions"), "");
    let code = world.sign_in.issue(jane(), now());
    world.sign_in.redeem(&code, now()).await.expect("it is good");
    assert_eq!(sessions(), 2);
    let code = world.sign_in.issue(jane(), over);
    let last = world.sign_in.redeem(&code, over).await.expect("it is good");
    assert_eq!(sessions(), 1);
    world.sign_in.end(&identity.credential).await.expect("ending one that is over is fine");
    let identity = world.authenticator.identify(&last, over).expect("it is known");
    world.sign_in.end(&identity.credential).await.expect("it ends");
    assert!(world.authenticator.identify(&last, over).is_none());
}
