"""Every error the project raises on purpose, as one tree.

    CadenciaError
    ├── ConfigurationError      a setting, a file or a folder is not usable
    ├── InputError              what a person or another system handed in is wrong
    │   ├── InvalidPhoneNumber
    │   ├── UnknownCampaign
    │   ├── UnknownDebtor
    │   ├── UnknownDebt
    │   ├── PromiseRefused      what somebody would promise is outside the terms
    │   ├── SettingsRefused     of a campaign; the details name the fields
    │   ├── UnknownUpload
    │   ├── UploadBusy
    │   ├── DiskFull
    │   ├── InvalidPaymentFile
    │   ├── InvalidCallId
    │   ├── InvalidLeadFile
    │   ├── InvalidCaseFile
    │   ├── InvalidFlow         the details hold its findings, with words in Spanish and English
    │   ├── UnknownFlow
    │   ├── UnknownAccount
    │   ├── AccountExists
    │   ├── LastAdmin           somebody must be left who can manage accounts
    │   └── ErasureRefused
    ├── StoreError              the database refused or is not there
    ├── TelephonyError
    │   ├── AmiDisconnected     the link to Asterisk is down: nothing was sent, or the answer is unknown
    │   ├── AmiLoginRefused
    │   ├── AmiRefused          Asterisk answered with an error
    │   ├── AmiTimeout
    │   ├── AmiHeaderInvalid    a value that Asterisk would misread; nothing was sent
    │   ├── AgiHungUp           the caller has gone; expected, ends the session
    │   ├── AgiRefused, AgiTimeout, AgiCommandInvalid
    │   └── AsteriskUnsuitable  too old, or a module is missing
    ├── MediaError
    ├── ConsoleError            what the console answers to a request it cannot grant
    │   ├── AccessDenied        nobody is signed in
    │   ├── SignInRefused       login or password is wrong
    │   ├── TooManyTries
    │   ├── RoleForbids         somebody is, but may not do this
    │   ├── PasswordChangeNeeded
    │   ├── SetupClosed
    │   ├── NoAgentId           this person is no agent
    │   ├── NotYourDebtor
    │   ├── KeyReused, KeyInUse an Idempotency-Key
    │   ├── Changed             since it was read
    │   ├── BodyTooLarge
    │   ├── ForgeryRefused
    │   ├── NoBrowserPhones
    │   ├── NotSignedIn
    │   ├── CommandRefused
    │   ├── CommandUnanswered
    │   ├── UnknownAttempt
    │   ├── RecordingMissing
    │   ├── SpeakerMissing      nobody said who decides
    │   ├── SpeakerDiffers      another name than that of who is signed in
    │   ├── SamePerson          one person cannot be two
    │   ├── NotConfirmed
    │   └── TookTooLong
    ├── SimulationFailed        a process that was to replay calls broke off
    └── ComplianceError         a pack or calendar cannot be used
        ├── InvalidPack
        └── UnknownPack

The class docstring is the default message and says what to do. ``code`` is part of the API: never rename it.
"""

from __future__ import annotations

from typing import ClassVar


class CadenciaError(Exception):
    """Something went wrong inside Cadencia. Run with --log-level debug and report what it prints."""

    code: ClassVar[str] = "internal"

    def __init__(self, message: str | None = None, **details: object) -> None:
        super().__init__(message or " ".join((type(self).__doc__ or self.code).split()))
        #: Machine-readable facts about the failure; never personal data.
        self.details: dict[str, object] = details

    @property
    def message(self) -> str:
        return str(self.args[0])


class ConfigurationError(CadenciaError):
    """A setting is missing or wrong. Look at .env.example, which explains every one."""

    code = "configuration"


class InputError(CadenciaError):
    """The input cannot be used. Correct it and try again; nothing was changed."""

    code = "invalid-input"


class InvalidPhoneNumber(InputError):
    """This is not a phone number that can be dialed. Write it with its country code, such as +57 310 123 4567."""

    code = "invalid-phone-number"


class UnknownCampaign(InputError):
    """There is no campaign of that name. List them with: cadencia campaign list"""

    code = "unknown-campaign"


class UnknownDebtor(InputError):
    """There is no debtor with that id. Look it up by phone number or by your own reference."""

    code = "unknown-debtor"


class UnknownDebt(InputError):
    """There is no such debt, or this campaign does not collect it. Look the debtor up to see their debts."""

    code = "unknown-debt"


class CardNumberRefused(InputError):
    """This looks like the number of a payment card. Cards are not written down here: take it out and save again."""

    code = "card-number-refused"


class PromiseRefused(InputError):
    """This cannot be promised under the campaign's terms. Nothing was recorded: offer another amount or date."""

    code = "promise-refused"


class SettingsRefused(InputError):
    """Some of these settings cannot be used. The fields that are wrong are named in fields; nothing was changed."""

    code = "settings-refused"


class UnknownUpload(InputError):
    """There is no such file. Files that were handed in are kept until they are taken in, for thirty days at most."""

    code = "unknown-upload"


class UploadBusy(InputError):
    """This file is being worked on, or is over already. Look at its state, or hand it in again."""

    code = "upload-busy"


class DiskFull(InputError):
    """There is no room on the disk for this file. Make room in the data folder, or hand in a smaller one."""

    code = "disk-full"


class InvalidPaymentFile(InputError):
    """This is not a file of payments. It needs a heading line, and in it at least the debt's reference, the amount, the
    date and the payment's own reference."""

    code = "invalid-payment-file"


class InvalidCallId(InputError):
    """This is not the id of a call. It is a UUID of version 7 in lower case, such as the log of attempts shows."""

    code = "invalid-call-id"


class InvalidLeadFile(InputError):
    """The lead file cannot be read. It must be a CSV file with a header line and a phone column."""

    code = "invalid-lead-file"


class InvalidCaseFile(InputError):
    """The case file cannot be read. Its format is in docs/case-files.md."""

    code = "invalid-case-file"


class InvalidFlow(InputError):
    """The self-service flow has mistakes. See them all with: cadencia ivr validate"""

    code = "invalid-flow"


class UnknownFlow(InputError):
    """There is no self-service flow of that name, and no file either."""

    code = "unknown-flow"


class ErasureRefused(InputError):
    """Nothing of this debtor may be erased now."""

    code = "erasure-refused"


class UnknownAccount(InputError):
    """There is no account of that name. List them with: cadencia user list"""

    code = "unknown-account"


class AccountExists(InputError):
    """There is an account with this login, or one that looks like it, or with this agent id. Choose another."""

    code = "account-exists"


class LastAdmin(InputError):
    """This is the last administrator who can sign in. Make another one first."""

    code = "last-admin"


class StoreError(CadenciaError):
    """The database cannot be used. Check CADENCIA_DATABASE_URL, that the server runs, and run: cadencia migrate"""

    code = "store"


class TelephonyError(CadenciaError):
    """Asterisk could not do what was asked. Run: cadencia doctor"""

    code = "telephony"


class AmiDisconnected(TelephonyError):
    """The link to Asterisk's manager interface is down. Dialing waits until it is back; nothing needs to be done
    unless it stays down: then run: cadencia doctor"""

    code = "ami-disconnected"


class AmiLoginRefused(TelephonyError):
    """Asterisk refused the manager login. CADENCIA_AMI__USERNAME and CADENCIA_AMI__SECRET must match manager.conf."""

    code = "ami-login-refused"


class AmiRefused(TelephonyError):
    """Asterisk answered a manager action with an error."""

    code = "ami-refused"


class AmiTimeout(TelephonyError):
    """Asterisk did not answer a manager action in time."""

    code = "ami-timeout"


class AmiHeaderInvalid(TelephonyError):
    """A value meant for Asterisk has a line break in it or is too long. Nothing was sent; correct the value."""

    code = "ami-header-invalid"


class AgiHungUp(TelephonyError):
    """The caller hung up."""

    code = "agi-hung-up"


class AgiRefused(TelephonyError):
    """Asterisk did not accept an AGI command."""

    code = "agi-refused"


class AgiTimeout(TelephonyError):
    """Asterisk did not answer an AGI command in time; the session is closed and the dialplan goes on."""

    code = "agi-timeout"


class AgiCommandInvalid(TelephonyError):
    """An AGI command has something in it that Asterisk would misread. Nothing was sent; correct the value."""

    code = "agi-command-invalid"


class AsteriskUnsuitable(TelephonyError):
    """This Asterisk cannot be used: version 20 or later with AudioSocket is needed. Run: cadencia doctor"""

    code = "asterisk-unsuitable"


class MediaError(CadenciaError):
    """The audio of a call could not be read or written."""

    code = "media"


class ComplianceError(CadenciaError):
    """A compliance pack or calendar cannot be used, so nothing is dialed under it."""

    code = "compliance"


class InvalidPack(ComplianceError):
    """A rule pack or calendar has a mistake. The message names the file, the line and the rule."""

    code = "invalid-pack"


class UnknownPack(ComplianceError):
    """There is no rule pack of that name. The packs are the files in dialer/compliance/packs."""

    code = "unknown-pack"


class ConsoleError(CadenciaError):
    """The console could not do what was asked."""

    code = "console"


class AccessDenied(ConsoleError):
    """Sign in first. A program sends its token as Authorization: Bearer."""

    code = "access-denied"


class SignInRefused(ConsoleError):
    """Login or password is not right."""

    code = "sign-in-refused"


class TooManyTries(ConsoleError):
    """Too many tries. Wait a moment, then try again."""

    code = "too-many-tries"


class RoleForbids(ConsoleError):
    """Your role does not allow this. Ask an administrator."""

    code = "role-forbids"


class PasswordChangeNeeded(ConsoleError):
    """Somebody else chose your password. Choose one of your own first."""

    code = "password-change-needed"


class SetupClosed(ConsoleError):
    """The first administrator exists already, or this is not the address that cadencia printed when it started."""

    code = "setup-closed"


class NoAgentId(ConsoleError):
    """Your account has no agent id, so it has no desk. An administrator can give it one."""

    code = "no-agent-id"


class NotYourDebtor(ConsoleError):
    """An agent works with the debtor on their call, and with no other."""

    code = "not-your-debtor"


class KeyReused(ConsoleError):
    """This Idempotency-Key was sent with another request. Use a new key for each new request."""

    code = "idempotency-key-reused"


class KeyInUse(ConsoleError):
    """A request with this Idempotency-Key is being carried out. Ask again in a moment."""

    code = "idempotency-key-in-use"


class Changed(ConsoleError):
    """Somebody has changed this since you read it. Read it again, then decide."""

    code = "changed"


class BodyTooLarge(ConsoleError):
    """The request is larger than this address takes. Send less at once."""

    code = "body-too-large"


class ForgeryRefused(ConsoleError):
    """A request that changes something must come from our own pages and carry the header X-Cadencia-Request, so that no
    other site can send it."""

    code = "forgery-refused"


class NoBrowserPhones(ConsoleError):
    """No browser can be a telephone here. Use a telephone that is registered with Asterisk."""

    code = "no-browser-phones"


class NotSignedIn(ConsoleError):
    """No agent is signed in at this desk. Sign in first."""

    code = "not-signed-in"


class CommandRefused(ConsoleError):
    """The engine refused the command."""

    code = "command-refused"


class CommandUnanswered(ConsoleError):
    """The engine did not answer in time, so the command may or may not have been carried out. Look at the state before
    trying again, and check that the engine is running."""

    code = "command-unanswered"


class UnknownAttempt(ConsoleError):
    """There is no attempt with that id in the log."""

    code = "unknown-attempt"


class RecordingMissing(ConsoleError):
    """This call has no recording, or it is not there yet. Recordings appear shortly after the call ends."""

    code = "recording-missing"


class SpeakerMissing(ConsoleError):
    """Say in "by" who decides this: the name is part of the record. Of a person it is the account."""

    code = "speaker-missing"


class SpeakerDiffers(ConsoleError):
    """You are signed in as somebody else. Sign in under the name that is to speak."""

    code = "speaker-differs"


class SamePerson(ConsoleError):
    """An override takes two people: somebody else must approve it."""

    code = "same-person"


class NotConfirmed(ConsoleError):
    """This cannot be undone. Repeat the debtor's id in "confirm" to go on."""

    code = "not-confirmed"


class TookTooLong(ConsoleError):
    """This takes longer than a page can wait. Ask on the command line instead: cadencia compliance --help"""

    code = "took-too-long"


class SimulationFailed(CadenciaError):
    """The replay broke off: the process that played it has ended. Try a shorter time, and look at the log."""

    code = "simulation-failed"
