"""What a process can be measured by: every metric once, with its meaning; the table is the truth.

`docs/metrics.md` is written from the same declarations. No label ever takes a value from input:
commands, events, codes and routes are names of this build, what it does not know is `other`.
"""

from banli_engine.meter import Meter

MANY = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000)
"""How many of something are taken at once."""

OTHER = "other"
"""The label of what has no name in this build."""

EVERY = Meter()
"""What each process of each service shows."""

EVERY.process()
BUILD = EVERY.gauge(
    "build_info",
    "1; the labels say which build runs, for which service.",
    "恒为 1；标签说明运行的版本与服务。",
    *("service", "version", "python"),
)
CLOCK = EVERY.gauge(
    "clock_info",
    "1; `kind` is `wall`, or `driven` in tests and simulations.",
    "恒为 1；kind 为 wall（真实时钟）或 driven（测试与演练用的受控时钟）。",
    "kind",
)
OPEN = EVERY.gauge(
    "open",
    "1 while callers are answered: caught up, and not being rebuilt.",
    "对外受理时为 1：已追上日志，且不在重建中。",
)
CAUGHT_UP = EVERY.gauge(
    "caught_up",
    "1 once all that stood on the log when this process began has been read.",
    "启动时日志上已有的内容全部读完后为 1。",
)
CATCH_UP = EVERY.gauge(
    "catch_up_records",
    "Records that stood on the log when this process began and are still to be read.",
    "启动时日志上已有而尚未读到的记录数。",
)
UNWELL = EVERY.gauge(
    "unwell",
    "1 while the process counts as stuck; it leaves after a minute.",
    "进程被判定为卡住时为 1；一分钟后自行退出。",
)
DATABASE_REACHABLE = EVERY.gauge(
    "database_reachable",
    "1 where the database answered this very question.",
    "数据库能回应本次查询时为 1。",
)
KAFKA_REACHABLE = EVERY.gauge(
    "kafka_reachable",
    "1 where Kafka told where its topics end.",
    "Kafka 能告知主题末尾位置时为 1。",
)
LAG = EVERY.gauge(
    "lag_records",
    "Records on a topic that the service has not read yet, over all its partitions.",
    "某主题上本服务尚未读取的记录数（各分区合计）。",
    "topic",
)
STOPPED = EVERY.gauge(
    "stopped_topics",
    "1 for each topic at which this reader has stopped, because its position or identity is wrong.",
    "读取器因位置或主题身份有误而停止的主题，每个为 1。",
    "topic",
)
READ = EVERY.counter(
    "records_read",
    "Records taken from a topic and written, redeliveries included.",
    "从某主题读取并落库的记录数（含重复投递）。",
    "topic",
)
BATCH_RECORDS = EVERY.histogram(
    "batch_records",
    "Records that one batch from Kafka held.",
    "每批从 Kafka 读取的记录数。",
    bounds=MANY,
)
BATCHES_FAILED = EVERY.counter(
    "batches_failed",
    "Batches from Kafka that could not be written, and were read again.",
    "未能落库、需重新读取的 Kafka 批次数。",
)
REDELIVERED = EVERY.counter(
    "redelivered",
    "Records dropped that were there already with the same bytes; own events read back too.",
    "与已有内容完全相同而被略去的记录数（含读回的本服务事件）。",
)
PARKED_SUBJECTS = EVERY.gauge(
    "parked_subjects",
    "Subjects that are set aside until an operator has looked at a message.",
    "被搁置、等待运维人员处理的对象数。",
)
PARKED_MESSAGES = EVERY.gauge(
    "parked_messages",
    "Messages of these subjects that are set aside.",
    "被搁置的消息数。",
)
FORKED_SUBJECTS = EVERY.gauge(
    "forked_subjects",
    "Those of them where two events claim one place, or a foreign writer spoke as this service.",
    "其中出现分叉（同一位置有两个事件，或有他人冒用本服务写入）的对象数。",
)
UNKNOWN_EVENTS = EVERY.gauge(
    "unknown_events",
    "Events kept for later, because this build does not know their type or many are concerned.",
    "留待以后处理的事件数：本版本不认识其类型，或涉及多个对象。",
)
DATABASE_SECONDS = EVERY.histogram(
    "database_call_seconds",
    "How long a call of the database took: `load` or `save` a batch, `project` one into ledgers.",
    "数据库调用耗时：load 读取一批，save 写入一批，project 写入台账。",
    "call",
)
HTTP_REQUESTS = EVERY.counter(
    "http_requests",
    "Requests answered over HTTP, by route, method and status; 503 means: come again.",
    "HTTP 请求数，按路由、方法与状态码；503 表示请稍后再来。",
    *("route", "method", "status"),
)
HTTP_SECONDS = EVERY.histogram(
    "http_request_seconds",
    "How long a request took until its answer was sent.",
    "HTTP 请求从收到到答复发出的时间。",
    "route",
)
REFUSED_CONNECTIONS = EVERY.counter(
    "connections_refused",
    "Requests refused before any way was asked: unreadable, too slow, too long, or no room.",
    "尚未进入处理即被拒绝的请求：无法读取、过慢、过长或无空位。",
    "code",
)

FAULTS = EVERY.counter(
    "faults",
    "Faults of this build: in a `request`, a decision (`decide`), a turn (`fold`), a `batch`.",
    "程序缺陷次数：请求 request、决策 decide、处理对象 fold、整批 batch。",
    "where",
)
for _where in ("request", "decide", "fold", "batch"):
    FAULTS.inc(_where, by=0)  # Prometheus sees no rise in what was not there before

DECIDING = Meter()
"""What intake, assignment and supervision show beside it."""

ANSWERED = DECIDING.counter(
    "commands_answered",
    "Commands answered: `outcome` admitted, unchanged, refused (with `code`) or repeated.",
    "已答复的命令：准许 admitted、无变化 unchanged、拒绝 refused（附代码）、重复 repeated。",
    *("command", "via", "outcome", "code"),
)
PUT_OFF = DECIDING.counter(
    "commands_put_off",
    "Commands over HTTP told to come again: too early, case parked, too many, not written.",
    "经 HTTP 提出、被告知稍后再来的命令：过早、案件搁置、过多、未能写入。",
    "code",
)
ANSWER_SECONDS = DECIDING.histogram(
    "command_answer_seconds",
    "From taking a command in to its answer being written; of what waited, with its wait.",
    "从收下命令到答复落库的时间；曾等待的含等待时间。",
    "via",
)
QUEUE = DECIDING.gauge(
    "queue_commands",
    "Commands over HTTP that wait to be taken; from 2,000 on more are told to come again.",
    "等待处理的 HTTP 命令数；达到 2000 后新命令被告知稍后再来。",
)
BATCH_COMMANDS = DECIDING.histogram(
    "batch_commands",
    "Commands that one batch answered.",
    "每批答复的命令数。",
    bounds=MANY,
)
BATCH_SUBJECTS = DECIDING.histogram(
    "batch_subjects",
    "Subjects that one batch was about.",
    "每批涉及的对象数。",
    bounds=MANY,
)
BATCHES_AGAIN = DECIDING.counter(
    "batches_again",
    "Batches decided again, because another process had written to one of their subjects.",
    "因其他进程先行写入而重新决策的批次数。",
)
APPENDED = DECIDING.counter(
    "events_appended",
    "Events that this process said and wrote.",
    "本进程产生并落库的事件数。",
    "type",
)
SENT = DECIDING.counter(
    "records_sent",
    "Records that Kafka has acknowledged: `events` of the log, or `receipts`.",
    "Kafka 已确认的记录数：事件 events 或回执 receipts。",
    "kind",
)
SEND_DELAY = DECIDING.histogram(
    "send_delay_seconds",
    "From writing an event or a receipt to Kafka's acknowledgement.",
    "从事件或回执落库到 Kafka 确认的时间。",
    "kind",
)
SEND_FAILURES = DECIDING.counter(
    "send_failures",
    "Rounds of sending that ended by a fault, and were begun again.",
    "因故障中断、重新开始的发送轮次。",
    "kind",
)
HELD_BACK = DECIDING.gauge(
    "held_back",
    "Subjects, or topics of receipts, that this sender holds back because Kafka refuses them.",
    "因 Kafka 拒收而暂缓发送的对象数（事件）或主题数（回执）。",
    "kind",
)
LEASE = DECIDING.gauge(
    "relay_lease_held",
    "1 where this process is the one that sends now; nobody is while nothing is unsent.",
    "本进程正负责发送时为 1；无待发内容时谁都不负责。",
    "kind",
)
UNSENT = DECIDING.gauge(
    "unsent_records",
    "Events or receipts written and not yet acknowledged by Kafka: what a lost disk would lose.",
    "已落库而 Kafka 尚未确认的事件或回执数：磁盘损坏时会丢失的部分。",
    "kind",
)
UNSENT_AGE = DECIDING.gauge(
    "unsent_oldest_age_seconds",
    "How long the oldest of them has waited; 0 where there is none.",
    "其中最早一条已等待的时间；没有则为 0。",
    "kind",
)
WAITING = DECIDING.gauge(
    "waiting",
    "What waits for facts on their way: a `submission`, or a `reaction`.",
    "等待他处事实到达的提交 submission 或反应 reaction 数。",
    "kind",
)
WAITING_AGE = DECIDING.gauge(
    "waiting_oldest_age_seconds",
    "How long the oldest of them has waited; 0 where there is none.",
    "其中最早一条已等待的时间；没有则为 0。",
    "kind",
)
DUE = DECIDING.gauge(
    "due_clocks",
    "Clocks that have run out and were not looked at yet.",
    "已到期而尚未检查的时限数。",
)
DUE_AGE = DECIDING.gauge(
    "due_clocks_oldest_age_seconds",
    "For how long the oldest of them has run out, by business time; 0 where there is none.",
    "其中最早一个已到期的时间（业务时间）；没有则为 0。",
)
REFUSED_REACTIONS = DECIDING.gauge(
    "refused_reactions",
    "Own reactions, and looks at clocks, that were refused: each is a fault.",
    "被拒绝的自动反应与时限检查：每一个都是缺陷。",
    *("reaction", "code"),
)
