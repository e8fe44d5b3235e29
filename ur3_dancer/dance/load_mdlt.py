"""From the checkpoints of MDLT's networks to policies; see the table in `catalog`."""

from pathlib import Path
from types import ModuleType

from ur3_dancer.dance import lstm, mdlt_m, mdlt_t
from ur3_dancer.dance.checkpoint import Checkpoint, read_weights
from ur3_dancer.dance.dance_network import DanceNetwork
from ur3_dancer.dance.mdlt_m_policy import MdltMPolicy
from ur3_dancer.dance.mdlt_policy import MdltPolicy
from ur3_dancer.errors import CheckpointError, ConfigError


def load_mdlt_t(folder: Path, checkpoint: Checkpoint, arm: object) -> MdltPolicy:
    """Return the policy of a checkpoint `mdlt-t`; what the arm is makes no difference."""
    return MdltPolicy(checkpoint, _network(folder, checkpoint, mdlt_t, mdlt_t.MdltT))


def load_mdlt_m(folder: Path, checkpoint: Checkpoint, arm: object) -> MdltMPolicy:
    """Return the policy of a checkpoint `mdlt-m`; what the arm is makes no difference."""
    return MdltMPolicy(checkpoint, _network(folder, checkpoint, mdlt_m, mdlt_m.MdltM))


def load_lstm(folder: Path, checkpoint: Checkpoint, arm: object) -> MdltPolicy:
    """Return the policy of a checkpoint `lstm`; what the arm is makes no difference."""
    return MdltPolicy(checkpoint, _network(folder, checkpoint, lstm, lstm.Lstm))


def _network(
    folder: Path, checkpoint: Checkpoint, module: ModuleType, kind: type[DanceNetwork]
) -> DanceNetwork:
    try:
        model = kind(module.config_for(checkpoint.spec, checkpoint.model))
    except (ConfigError, TypeError) as error:
        raise CheckpointError(
            f"checkpoint {folder}: model sizes cannot be used ({error}): train it again"
        ) from error
    read_weights(folder, model)
    return model.eval()
