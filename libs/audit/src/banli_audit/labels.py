"""What each event is called, in Chinese and in English, for people who read a case's story."""

LABELS: dict[str, tuple[str, str]] = {
    "ItemRegistered": ("登记", "Item registered"),
    "ItemCorrected": ("更正登记", "Register corrected"),
    "FeedbackRequested": ("征询反馈", "Feedback requested"),
    "FeedbackReceived": ("收到反馈", "Feedback received"),
    "Classified": ("分类", "Classified"),
    "AssignmentProposed": ("拟办", "Assignment proposed"),
    "Assigned": ("交办", "Assigned"),
    "AssignmentAccepted": ("承办单位接收", "Assignment accepted"),
    "UnitOpened": ("设立单位", "Unit opened"),
    "PostCreated": ("设立岗位", "Post created"),
    "HolderAppointed": ("任职", "Holder appointed"),
    "AppointmentEnded": ("离任", "Appointment ended"),
    "SystemAdmitted": ("准入系统", "System admitted"),
    "ForkSettled": ("裁定分叉", "Fork settled"),
    "DeadlineSet": ("设定时限", "Deadline set"),
    "DeadlineMissed": ("超过时限", "Deadline missed"),
    "ProposerContacted": ("联系代表委员", "Proposer contacted"),
    "ResearchLogged": ("调研", "Research logged"),
    "ReplyDrafted": ("起草答复", "Reply drafted"),
    "ReplyReviewed": ("审核通过", "Reply reviewed"),
    "ReplyReturned": ("退回修改", "Reply returned"),
    "ReplyApproved": ("审定签发", "Reply approved"),
    "ReplyIssued": ("答复送达", "Reply issued"),
    "CoOpinionDelivered": ("协办意见送达", "Co-opinion delivered"),
    "CaseSummaryFiled": ("办理总结", "Case summary filed"),
    "CaseArchived": ("归档", "Case archived"),
    "PackPublished": ("发布规则", "Rule pack published"),
}


def label(type_: str) -> tuple[str, str]:
    """Name an event type in Chinese and in English; an unknown one by itself."""
    return LABELS.get(type_, (type_, type_))
