"""What is said in the files of asterisk-core-sounds-en: one woman, recorded in a studio."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

DIGITS: Final[Mapping[str, str]] = {
    "digits/oh": "oh",
    **{
        f"digits/{number}": word
        for number, word in enumerate("zero one two three four five six seven eight nine".split())
    },
}
DAYS_AND_MONTHS: Final[Mapping[str, str]] = {
    **{
        f"digits/day-{number}": word
        for number, word in enumerate("Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split())
    },
    **{
        f"digits/mon-{number}": word
        for number, word in enumerate(
            "January February March April May June July August September October November December".split()
        )
    },
}
ALPHABET: Final[Mapping[str, str]] = {
    f"phonetic/{word[0].lower()}_p": word
    for word in (
        "Alpha Bravo Charlie Delta Echo Foxtrot Golf Hotel India Juliet Kilo Lima Mike November Oscar Papa "
        "Quebec Romeo Sierra Tango Uniform Victor Whiskey X-ray Yankee Zulu"
    ).split()
}
MENU: Final[Mapping[str, str]] = {
    "vm-no": "no",
    "vm-goodbye": "goodbye",
    "vm-password": "password",
    "vm-extension": "extension",
    "vm-Family": "family",
    "vm-Friends": "friends",
    "vm-message": "message",
    "vm-messages": "messages",
    "vm-Urgent": "urgent",
    "vm-Work": "work",
    "vm-Old": "old",
    "vm-INBOX": "new",
    "vm-first": "first",
    "vm-last": "last",
    "vm-saved": "saved",
    "vm-received": "received",
    "spy-agent": "agent",
    "spy-console": "console",
    "spy-local": "local",
    "spy-mobile": "Bluetooth mobile",
    "digits/today": "today",
    "digits/tomorrow": "tomorrow",
    "digits/yesterday": "yesterday",
    "dictate/record": "record",
    "dictate/pause": "pause",
    "dictate/playback": "playback",
    "queue-reporthold": "hold time",
    "hello": "hello",
    "location": "location",
    "telephone-number": "telephone number",
    "cancelled": "cancelled",
}
NOT_IN_MENU: Final = (
    *("digits/million", "digits/thousand", "digits/star", "digits/pound", "digits/minus", "digits/oclock"),
    *("digits/dollars", "letters/ascii37", "letters/ascii38", "letters/ascii39", "letters/ascii44"),
    *("letters/ascii58", "letters/ascii59", "letters/ascii63", "letters/ascii95", "letters/ascii96"),
    *("letters/dash", "letters/equals", "letters/plus", "letters/slash", "letters/space", "letters/dot"),
    *("letters/zed", "minutes", "seconds", "hours", "is", "for", "with", "your", "vm-and", "vm-from"),
    *("spy-jingle", "spy-skinny", "spy-usbradio", "spy-unistim", "time", "number", "activated", "added"),
    *("removed", "enabled", "disabled", "sorry", "phonetic/q_p", "phonetic/z_p", "phonetic/k_p"),
    *("digits/mon-7", "digits/day-3", "digits/17", "digits/80", "digits/hundred"),
)
SENTENCES: Final[Mapping[str, str]] = {
    "agent-alreadyon": "that agent is already logged on please enter your agent number followed by the pound key",
    "agent-incorrect": "login incorrect please enter your agent number followed by the pound key",
    "agent-loggedoff": "agent logged off",
    "agent-loginok": "agent logged in",
    "agent-newlocation": "please enter a new extension followed by pound",
    "agent-pass": "please enter your password followed by the pound key",
    "auth-incorrect": "password incorrect please enter your password followed by the pound key",
    "auth-thankyou": "thank you",
    "conf-enteringno": "you are entering conference number",
    "conf-errormenu": "invalid choice",
    "conf-extended": "the conference has been extended",
    "conf-getchannel": "please enter the channel number followed by the pound key",
    "conf-getconfno": "please enter your conference number followed by the pound key",
    "conf-getpin": "please enter the conference pin number",
    "conf-hasjoin": "is now in the conference",
    "conf-hasleft": "has left the conference",
    "conf-invalid": "that is not a valid conference number please try again",
    "conf-invalidpin": "that pin is invalid for this conference",
    "conf-kicked": "you have been kicked from this conference",
    "conf-leaderhasleft": "the leader has left the conference",
    "conf-locked": "this conference is locked",
    "conf-lockednow": "the conference is now locked",
    "conf-muted": "you are now muted",
    "conf-noempty": "no empty conferences currently exist",
    "conf-nonextended": "the conference cannot be extended",
    "conf-now-muted": "the conference is now muted",
    "conf-now-recording": "the conference is now being recorded",
    "conf-now-unmuted": "the conference is now unmuted",
    "conf-onlyone": "there is currently one other participant in the conference",
    "conf-onlyperson": "you are currently the only person in this conference",
    "conf-otherinparty": "other participants in the conference",
    "conf-placeintoconf": "you will now be placed into the conference",
    "conf-roll-callcomplete": "roll call complete",
    "conf-thereare": "there are currently",
    "conf-unlockednow": "the conference is now unlocked",
    "conf-userswilljoin": "users will join the conference",
    "conf-waitforleader": "the conference will begin when the leader arrives",
    "demo-echodone": "the echo test has been completed",
    "demo-nomatch": "i'm sorry there are no matches for those keywords",
    "dictate/forhelp": "press zero for help",
    "dictate/playback_mode": "playback mode",
    "dir-multi9": "press nine for more entries",
    "dir-nomatch": "no directory entries match your search",
    "dir-nomore": "there are no more compatible entries in the directory",
    "dir-welcome": "welcome to the directory",
    "followme/no-recording": "you have an incoming call",
    "followme/options": "press one to accept this call or two to reject it",
    "followme/pls-hold-while-try": "please hold while i try to locate the person you are calling",
    "followme/sorry": "i'm sorry but i was unable to locate the person you are calling",
    "pbx-invalid": "i am sorry that's not a valid extension please try again",
    "pbx-invalidpark": "i am sorry there is no call parked on that extension please try again",
    "pbx-parkingfailed": "parking attempt failed",
    "privacy-incorrect": "i'm sorry that number is not valid",
    "privacy-prompt": "please enter your phone number starting with the area code",
    "privacy-unident": "the party you are trying to reach does not accept unidentified calls",
    "priv-callpending": "i have a caller waiting who introduces themselves as",
    "priv-introsaved": "thank you please hold while i attempt to connect you with your party",
    "priv-recordintro": "at the tone please say your name",
    "queue-callswaiting": "waiting to speak with a representative",
    "queue-holdtime": "the estimated hold time is currently",
    "queue-thankyou": "thank you for your patience",
    "queue-thereare": "you are currently caller number",
    "queue-youarenext": (
        "your call is now first in line and will be answered by the next available representative"
    ),
    "ss-noservice": "the number you have dialed is not in service please check the number and try again",
    "transfer": "please hold while i try that extension",
    "tt-somethingwrong": "something is terribly wrong",
    "tt-weasels": "weasels have eaten our phone system",
    "vm-advopts": "press three for advanced options",
    "vm-calldiffnum": "press two to enter a different number",
    "vm-changeto": "change to which folder",
    "vm-deleted": "message deleted",
    "vm-delete": "press seven to delete this message",
    "vm-dialout": "please wait while i connect your call",
    "vm-enter-num-to-call": "please enter the number you wish to call",
    "vm-helpexit": "press star for help or pound to exit",
    "vm-incorrect": "login incorrect",
    "vm-instructions": (
        "to look into your messages press one now you may quit voicemail at any time by pressing the pound key"
    ),
    "vm-intro": "please leave your message after the tone when done hang up or press the pound key",
    "vm-invalidpassword": "that is not a valid password please try again",
    "vm-isonphone": "is on the phone",
    "vm-isunavail": "is unavailable",
    "vm-leavemsg": "press five to leave a message",
    "vm-marked-nonurgent": "urgent status removed",
    "vm-marked-urgent": "message marked urgent",
    "vm-mismatch": "the passwords you entered and re-entered did not match please try again",
    "vm-msgsaved": "your message has been saved",
    "vm-newpassword": "please enter your new password followed by the pound key",
    "vm-next": "press six to play the next message",
    "vm-nobodyavail": "nobody is available to take your call at the moment",
    "vm-nobox": "you cannot reply to this message because the sender does not have a mailbox",
    "vm-nomore": "no more messages",
    "vm-nonumber": "i'm afraid i don't know who sent this message",
    "vm-passchanged": "your passwords have been changed",
    "vm-pls-try-again": "please try again",
    "vm-reachoper": "press zero to reach an operator",
    "vm-rec-busy": "after the tone say your busy message and then press the pound key",
    "vm-rec-name": "after the tone say your name and then press the pound key",
    "vm-reenterpassword": "please re-enter your password followed by the pound key",
    "vm-repeat": "press five to repeat the current message",
    "vm-review-urgent": "press four to mark this message as urgent",
    "vm-savefolder": "which folder should i save the message to",
    "vm-sorry": "i'm sorry i did not understand your response",
    "vm-star-cancel": "press star to cancel",
    "vm-starmain": "press star to return to the main menu",
    "vm-theperson": "the person at extension",
    "vm-tocallback": "press two to call the person who sent this message",
    "vm-toforward": "press eight to forward the message to another user",
    "vm-tooshort": "your message is too short",
    "vm-toreply": "press one to send a reply",
    "vm-undeleted": "message undeleted",
    "vm-unknown-caller": "from an unknown caller",
    "vm-whichbox": "to leave a message please enter a mailbox number",
}
