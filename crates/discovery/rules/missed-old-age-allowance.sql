-- id: missed-old-age-allowance
-- version: 2
-- procedure: entitlement
-- subject: person
-- sensitivity: general
-- title: 高龄老人未享受尊老金
-- why: 此人户籍在本区，现年{age}周岁（满{from_years}周岁可享受），目前未享受尊老金[（此前的已于{ended_on}终止）]。
-- legal-basis: 《中华人民共和国老年人权益保障法》
-- feeds: police, registry
-- needs: registry.benefit.granted/old-age-allowance
-- due: 10 working days
-- occasion: event
-- clears: 发放尊老金，或户籍迁出本区

-- Whoever was told no stays told: moving within the district is no new evidence. The end of an allowance is.
SELECT p.person                       AS subject,
       'age-80'                       AS occasion,
       p.age                          AS age,
       q.old_age_allowance_from_years AS from_years,
       max(x.ended_on)                AS ended_on,
       array_agg(x.fact)              AS triggers_end,
       p.fact_registration            AS link_registration
FROM person p
CROSS JOIN parameter q
LEFT JOIN ended_benefit x ON x.person = p.person AND x.program = 'old-age-allowance'
WHERE p.living
  AND p.in_district
  AND p.age >= q.old_age_allowance_from_years
  AND NOT EXISTS (SELECT 1 FROM benefit b WHERE b.person = p.person AND b.program = 'old-age-allowance')
GROUP BY p.person, p.age, q.old_age_allowance_from_years, p.fact_registration
