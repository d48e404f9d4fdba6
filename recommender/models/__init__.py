"""Records: rows, their constraints, and their way to and from values."""

from recommender.models.alert import AlertAcknowledgement
from recommender.models.api_token import ApiToken
from recommender.models.audit_event import AuditEvent
from recommender.models.case import CaseRecord, FindingRecord, TherapyResponse
from recommender.models.catalogue_version import (
    CatalogueChange,
    CatalogueSignature,
    CatalogueVersion,
)
from recommender.models.cds_client import CdsCall, CdsClient
from recommender.models.chain_check import ChainCheck
from recommender.models.condition import ConditionRecord
from recommender.models.dataset import DataSet, DataSetUpload
from recommender.models.evidence import EvidenceArm
from recommender.models.idempotency_key import IdempotencyKey
from recommender.models.model_version import ModelVersion
from recommender.models.own_plan import OwnPlan
from recommender.models.parameter_search import ParameterSearch, SearchTrial
from recommender.models.pathway import Pathway
from recommender.models.recipe import RecipeRecord
from recommender.models.review import Review
from recommender.models.safety_notice import SafetyNotice, SafetyNoticeReview
from recommender.models.safety_rule import SafetyRuleRecord
from recommender.models.suggestion import SuggestionList
from recommender.models.suggestion_stop import SuggestionStop
from recommender.models.table_mapping import TableMapping
from recommender.models.therapy import TherapyRecord
from recommender.models.training_run import TrainingRun
from recommender.models.unmapped_code import UnmappedCode
from recommender.models.vocabulary import ConceptRecord

__all__ = [
    "AlertAcknowledgement",
    "ApiToken",
    "AuditEvent",
    "CaseRecord",
    "CatalogueChange",
    "CatalogueSignature",
    "CatalogueVersion",
    "CdsCall",
    "CdsClient",
    "ChainCheck",
    "ConceptRecord",
    "ConditionRecord",
    "DataSet",
    "DataSetUpload",
    "EvidenceArm",
    "FindingRecord",
    "IdempotencyKey",
    "ModelVersion",
    "OwnPlan",
    "ParameterSearch",
    "Pathway",
    "RecipeRecord",
    "Review",
    "SafetyNotice",
    "SafetyNoticeReview",
    "SafetyRuleRecord",
    "SearchTrial",
    "SuggestionList",
    "SuggestionStop",
    "TableMapping",
    "TherapyRecord",
    "TherapyResponse",
    "TrainingRun",
    "UnmappedCode",
]
