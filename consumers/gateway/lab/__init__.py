"""The rule lab, the part that runs: a process of its own beside each gateway that is asked for it.

Judging thousands of articles takes seconds of processor time, which a gateway's event loop has not got. So the gateway
only carries questions to the lab's process and its answers back, unread.

bench     the gateway's side: starts the process when first asked, starts it again when it died, ends it when idle
routes    `/v1/lab...`: who may ask what
framing   questions and answers on the pipes between the two
__main__  the process; worker: what it does when asked
reader    the newest articles from Kafka; shelf: the rules files, read, followed, written
"""
