//! The two ends of a link's data channel, each a task of its own.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use tokio::sync::{mpsc, oneshot};
use webrtc::data_channel::{DataChannel, DataChannelEvent};
use wire::LinkId;

use crate::Heard;
use crate::link::Signal;
use crate::settings::{self, Window};

/// At least so much is gathered into one [`Heard::Sent`] while more is waiting.
const SENT_STEP: usize = 64 * 1024;

/// Passes on what arrives, until the channel is closed.
///
/// Waits wherever `heard` is full, and so the stack's own queue fills up, the receive window
/// closes, and the peer stops sending.
pub(crate) async fn read(
    link: LinkId,
    channel: Arc<dyn DataChannel>,
    heard: mpsc::Sender<Heard>,
    signals: mpsc::UnboundedSender<Signal>,
) {
    while let Some(event) = channel.poll().await {
        let told = match event {
            DataChannelEvent::OnOpen => {
                let (told, when_told) = oneshot::channel();
                let _ = signals.send(Signal::Opened(told));
                // The link says so before anything is heard on it.
                if when_told.await.is_err() {
                    break;
                }
                Ok(())
            }
            DataChannelEvent::OnMessage(message) if !message.is_string => {
                let bytes = message.data.freeze();
                heard.send(Heard::Bytes { link, bytes }).await
            }
            DataChannelEvent::OnClose | DataChannelEvent::OnError => break,
            // The protocol has no text messages; browsers ignore them too.
            _ => Ok(()),
        };
        if told.is_err() {
            break;
        }
    }
    let _ = signals.send(Signal::ChannelClosed);
}

/// Hands the queued frames to the stack, waiting wherever its buffer is full.
pub(crate) async fn write(
    link: LinkId,
    channel: Arc<dyn DataChannel>,
    mut frames: mpsc::UnboundedReceiver<Vec<u8>>,
    window: Option<Arc<Window>>,
    heard: mpsc::Sender<Heard>,
    signals: mpsc::UnboundedSender<Signal>,
) {
    let mut unreported = 0;
    while let Some(frame) = frames.recv().await {
        let bytes = frame.len();
        if let Some(window) = &window {
            // A channel that has failed says so when something is sent on it.
            while channel
                .outstanding_bytes()
                .await
                .is_ok_and(|under_way| under_way >= window.size())
            {
                tokio::time::sleep(settings::SPACIOUS_LOOK).await;
            }
        }
        // No copy: nobody else holds this buffer.
        let frame = BytesMut::from(Bytes::from(frame));
        if channel.send(frame).await.is_err() {
            let _ = signals.send(Signal::SendFailed);
            return;
        }
        unreported += bytes;
        if unreported >= SENT_STEP || frames.is_empty() {
            let sent = Heard::Sent {
                link,
                bytes: std::mem::take(&mut unreported),
            };
            if heard.send(sent).await.is_err() {
                return;
            }
        }
    }
}
