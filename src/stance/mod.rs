//! Stance: which claims a sentence makes, who holds them and who reports them.
//!
//! [`contexts`] prepares the model's input for each sentence; a [`StanceModel`] judges it;
//! [`decide`] turns the judgements into claims, independent of the model.

mod ask;
mod attribution;
mod claim;
mod codebook;
mod context;
mod cross_examination;
mod decide;
mod hypothesis;
mod judgement;
mod model;
mod names;
mod nli;
mod passage;
mod role_model;
mod topic_model;
mod topics;

pub use attribution::{Attribution, AttributionError};
pub use claim::{Claim, Status};
pub use codebook::Codebook;
pub(crate) use codebook::{ACTORS, ATTRIBUTION, TOPICS};
pub use context::{Context, contexts};
pub use cross_examination::CrossExamination;
pub use decide::decide;
pub use judgement::{Holder, Judged, Judgement, Probabilities, Screened, Source};
pub use model::{JudgeError, StanceModel, StanceModelError};
pub use names::{Name, NamePlace, TaggedText};
pub use nli::Nli;
pub use passage::{Marked, Passage, PassageName};
pub use role_model::RoleModel;
pub use topic_model::TopicModel;
pub use topics::{Bounds, HOLDER, Stance, StanceIndex, Topic, TopicIndex, Topics, TopicsError};
