"""What each event type is called by people, in Chinese and English."""

from collections.abc import Mapping

LABELS: Mapping[str, tuple[str, str]] = {
    "ItemRegistered": ("登记", "registered"),
    "ItemCorrected": ("更正登记", "register corrected"),
    "FeedbackRequested": ("发出征询意见表", "feedback requested"),
    "FeedbackReceived": ("收到反馈意见", "feedback received"),
    "Classified": ("分类", "classified"),
    "AssignmentProposed": ("拟办", "assignment proposed"),
    "Assigned": ("交办", "assigned"),
    "AssignmentAccepted": ("签收", "assignment accepted"),
    "UnitOpened": ("设立单位", "unit opened"),
    "PostCreated": ("设立岗位", "post created"),
    "HolderAppointed": ("任职", "holder appointed"),
    "AppointmentEnded": ("离任", "appointment ended"),
    "SystemAdmitted": ("接入部门系统", "system admitted"),
    "ForkSettled": ("裁定分叉", "fork settled"),
    "DeadlineSet": ("起算办理期限", "deadline set"),
    "DeadlineMissed": ("逾期", "deadline missed"),
    "ProposerContacted": ("与代表委员沟通", "proposer contacted"),
    "ResearchLogged": ("调研", "research logged"),
    "ReplyDrafted": ("拟稿", "reply drafted"),
    "ReplyReviewed": ("审核通过", "reply reviewed"),
    "ReplyReturned": ("退回重办", "reply returned"),
    "ReplyApproved": ("签批", "reply approved"),
    "ReplyIssued": ("正式答复", "reply issued"),
    "CoOpinionDelivered": ("送交协办意见", "co-opinion delivered"),
    "CaseSummaryFiled": ("办理总结", "summary filed"),
    "CaseArchived": ("归档", "archived"),
    "PackPublished": ("发布规则", "rule pack published"),
}


def label(type_: str) -> dict[str, str]:
    """Name an event type; one that this build does not know by its own name."""
    zh, en = LABELS.get(type_, (type_, type_))
    return {"zh": zh, "en": en}
