//! All rooms at once, entered anew: where they must be left for something to count.

use node::Node;
use room::Refusal;

/// Leaves all rooms and enters them again, with what was chosen for each. What was said in them is
/// gone.
pub(crate) async fn enter_all(node: &Node) -> Result<(), Refusal> {
    let (present, _) = node.subscribe().await?;
    let rooms = present.rooms.rooms;
    for room in &rooms {
        node.leave(&room.room).await?;
    }
    for room in rooms {
        let key = node.join(room.address).await?;
        node.mute_room(&key, room.muted).await?;
        node.set_rules(&key, room.rules).await?;
    }
    Ok(())
}
