from __future__ import annotations

import numpy as np
import pytest

from kinelab.virtual_lab.motion.skeleton_clip import SkeletonClip
from kinelab.virtual_lab.motion.skeleton_roles import SIDED, find_roles

# What programs call the joints of a skeleton, as their own example files show: parent of each, then the role
# that it must be given ("" = none). {S} and {s} stand for the side's word.
Tree = dict[str, tuple[str, str]]

MIXAMO: Tree = {
    "mixamorig:Hips": ("", "pelvis"),
    "mixamorig:Spine": ("mixamorig:Hips", ""),
    "mixamorig:Spine2": ("mixamorig:Spine", "chest"),
    "mixamorig:Neck": ("mixamorig:Spine2", ""),
    "mixamorig:Head": ("mixamorig:Neck", "head"),
    "mixamorig:Head_end": ("mixamorig:Head", ""),
    "mixamorig:{S}Shoulder": ("mixamorig:Spine2", ""),
    "mixamorig:{S}Arm": ("mixamorig:{S}Shoulder", "upper_arm"),
    "mixamorig:{S}ForeArm": ("mixamorig:{S}Arm", "forearm"),
    "mixamorig:{S}Hand": ("mixamorig:{S}ForeArm", "hand"),
    "mixamorig:{S}HandThumb1": ("mixamorig:{S}Hand", ""),
    "mixamorig:{S}HandThumb2": ("mixamorig:{S}HandThumb1", "thumb"),
    "mixamorig:{S}HandMiddle1": ("mixamorig:{S}Hand", "hand_end"),
    "mixamorig:{S}UpLeg": ("mixamorig:Hips", "thigh"),
    "mixamorig:{S}Leg": ("mixamorig:{S}UpLeg", "shank"),
    "mixamorig:{S}Foot": ("mixamorig:{S}Leg", "foot"),
    "mixamorig:{S}ToeBase": ("mixamorig:{S}Foot", "toes"),
    "mixamorig:{S}Toe_End": ("mixamorig:{S}ToeBase", "toes_end"),
}
CMU_BVH: Tree = {
    "Hips": ("", "pelvis"),
    "LowerBack": ("Hips", ""),
    "Spine1": ("LowerBack", "chest"),
    "Head": ("Spine1", "head"),
    "{S}HipJoint": ("Hips", ""),
    "{S}UpLeg": ("{S}HipJoint", "thigh"),
    "{S}Leg": ("{S}UpLeg", "shank"),
    "{S}Foot": ("{S}Leg", "foot"),
    "{S}ToeBase": ("{S}Foot", "toes"),
    "{S}ToeBase_end": ("{S}ToeBase", "toes_end"),
    "{S}Shoulder": ("Spine1", ""),
    "{S}Arm": ("{S}Shoulder", "upper_arm"),
    "{S}ForeArm": ("{S}Arm", "forearm"),
    "{S}Hand": ("{S}ForeArm", "hand"),
    "{S}FingerBase": ("{S}Hand", ""),
    "{S}HandIndex1": ("{S}FingerBase", "hand_end"),
    "{s}Thumb": ("{S}Hand", "thumb"),
}
BIOVISION: Tree = {
    "Hips": ("", "pelvis"),
    "Chest": ("Hips", "chest"),
    "Neck": ("Chest", ""),
    "Head": ("Neck", "head"),
    "{S}Collar": ("Chest", ""),
    "{S}UpArm": ("{S}Collar", "upper_arm"),
    "{S}LowArm": ("{S}UpArm", "forearm"),
    "{S}Hand": ("{S}LowArm", "hand"),
    "{S}Hand_end": ("{S}Hand", "hand_end"),
    "{S}UpLeg": ("Hips", "thigh"),
    "{S}LowLeg": ("{S}UpLeg", "shank"),
    "{S}Foot": ("{S}LowLeg", "foot"),
    "{S}Foot_end": ("{S}Foot", "toes_end"),
}
JOINTS_NAMED: Tree = {  # Xsens and others call the joint, not the bone
    "Hips": ("", "pelvis"),
    "Chest": ("Hips", "chest"),
    "Head": ("Chest", "head"),
    "{S}Collar": ("Chest", ""),
    "{S}Shoulder": ("{S}Collar", "upper_arm"),
    "{S}Elbow": ("{S}Shoulder", "forearm"),
    "{S}Wrist": ("{S}Elbow", "hand"),
    "{S}Wrist_end": ("{S}Wrist", "hand_end"),
    "{S}Hip": ("Hips", "thigh"),
    "{S}Knee": ("{S}Hip", "shank"),
    "{S}Ankle": ("{S}Knee", "foot"),
    "{S}Toe": ("{S}Ankle", "toes"),
    "{S}Toe_end": ("{S}Toe", "toes_end"),
}
SIDE_BEHIND: Tree = {
    "Hips": ("", "pelvis"),
    "Spine": ("Hips", "chest"),
    "Head": ("Spine", "head"),
    "Shoulder_{s}": ("Spine", ""),
    "UpperArm_{s}": ("Shoulder_{s}", "upper_arm"),
    "LowerArm_{s}": ("UpperArm_{s}", "forearm"),
    "Hand_{s}": ("LowerArm_{s}", "hand"),
    "UpperLeg_{s}": ("Hips", "thigh"),
    "LowerLeg_{s}": ("UpperLeg_{s}", "shank"),
    "Foot_{s}": ("LowerLeg_{s}", "foot"),
    "Toes_{s}": ("Foot_{s}", "toes_end"),
}
BIPED: Tree = {
    "Bip01": ("", ""),
    "Bip01 Pelvis": ("Bip01", "pelvis"),
    "Bip01 Spine": ("Bip01 Pelvis", "chest"),
    "Bip01 Head": ("Bip01 Spine", "head"),
    "Bip01 {s} Clavicle": ("Bip01 Spine", ""),
    "Bip01 {s} UpperArm": ("Bip01 {s} Clavicle", "upper_arm"),
    "Bip01 {s} Forearm": ("Bip01 {s} UpperArm", "forearm"),
    "Bip01 {s} ForeTwist": ("Bip01 {s} Forearm", ""),
    "Bip01 {s} Hand": ("Bip01 {s} Forearm", "hand"),
    "Bip01 {s} Thigh": ("Bip01 Pelvis", "thigh"),
    "Bip01 {s} Calf": ("Bip01 {s} Thigh", "shank"),
    "Bip01 {s} Foot": ("Bip01 {s} Calf", "foot"),
    "Bip01 {s} Toe0": ("Bip01 {s} Foot", "toes"),
    "Bip01 {s} Toe0_end": ("Bip01 {s} Toe0", "toes_end"),
}
WITH_ITS_FILE: Tree = {
    f"Model_{name}": (parent and f"Model_{parent}", role) for name, (parent, role) in CMU_BVH.items()
}


@pytest.mark.parametrize(
    "tree", [MIXAMO, CMU_BVH, BIOVISION, JOINTS_NAMED, SIDE_BEHIND, BIPED, WITH_ITS_FILE],
    ids=["mixamo", "cmu", "biovision", "joints", "side behind", "biped", "prefix"],
)  # fmt: skip
def test_the_names_of_common_programs_are_understood(tree: Tree) -> None:
    names: list[str] = []
    parents: list[int] = []
    wanted: dict[str, str] = {}
    for side, word, letter in (("", "", ""), ("l", "Left", "L"), ("r", "Right", "R")):
        for name, (parent, role) in tree.items():
            if ("{" in name) != bool(side):
                continue
            name, parent = (one.format(S=word, s=letter) for one in (name, parent))
            names.append(name)
            parents.append(names.index(parent) if parent else -1)
            if role:
                wanted[f"{role}_{side}" if role in SIDED else role] = name
    n = len(names)
    clip = SkeletonClip(
        "names",
        tuple(names),
        tuple(parents),
        np.zeros((n, 3)),
        np.zeros((2, n, 3, 3)),
        np.zeros((2, n, 3)),
        30.0,
    )
    found = {role: clip.joints[joint] for role, joint in find_roles(clip).items()}
    # without a bone beyond the hand, its own end is what the hand points to
    assert found == wanted
