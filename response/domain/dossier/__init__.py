"""The dossier: each question of an investigation answered by a section, on what the investigation found.

`investigated_sections` answers what needs the findings alone, `assessed_sections` what needs the assessment.
Together they answer the questions that the source rule's investigation guide asks of whoever triages.
"""

from response.domain.dossier.assessed import assessed_sections
from response.domain.dossier.investigated import investigated_sections
from response.domain.dossier.section import Section

__all__ = ["Section", "assessed_sections", "investigated_sections"]
