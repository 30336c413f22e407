-- id: frail-elder-without-care
-- version: 1
-- procedure: help
-- subject: person
-- sensitivity: health
-- title: 失能老年人未获照护服务
-- why: 此人{age}岁（{from_years}周岁起关注），{assessed_on}能力评估为{level}级（0级能力完好，4级完全失能，{from_level}级起关注），目前未享受居家上门服务[（此前的已于{home_care_ended_on}终止）]，也未享受长期护理保险待遇[（此前的已于{long_term_care_ended_on}结束）]。
-- legal-basis: 《中华人民共和国老年人权益保障法》；中共中央办公厅、国务院办公厅《关于推进基本养老服务体系建设的意见》（2023年）
-- feeds: health, registry, medical-insurance
-- needs: registry.benefit.granted/home-care
-- due: 10 working days
-- occasion: event
-- clears: 享受居家上门服务或长期护理保险待遇，或重新评估的等级低于标准

-- The end of care is new evidence: the assessment was known when the care was granted.
SELECT p.person                  AS subject,
       'frail-elder'             AS occasion,
       p.age                     AS age,
       q.frail_elder_from_years  AS from_years,
       a.level                   AS level,
       a.on_day                  AS assessed_on,
       q.frail_elder_from_level  AS from_level,
       max(x.ended_on)           AS home_care_ended_on,
       max(l.on_day)             AS long_term_care_ended_on,
       a.fact                    AS trigger_assessment,
       array_agg(x.fact)         AS triggers_home_care,
       array_agg(l.fact)         AS triggers_long_term_care
FROM ability a
JOIN person p ON p.person = a.person
CROSS JOIN parameter q
LEFT JOIN ended_benefit x ON x.person = p.person AND x.program = 'home-care'
LEFT JOIN event l ON l.person = p.person AND l.event = 'long-term-care-ended'
WHERE p.living
  AND p.age >= q.frail_elder_from_years
  AND a.level >= q.frail_elder_from_level
  AND NOT EXISTS (SELECT 1 FROM benefit b WHERE b.person = p.person AND b.program = 'home-care')
  AND NOT EXISTS (SELECT 1 FROM long_term_care t WHERE t.person = p.person)
GROUP BY p.person, p.age, q.frail_elder_from_years, a.level, a.on_day, q.frail_elder_from_level, a.fact
