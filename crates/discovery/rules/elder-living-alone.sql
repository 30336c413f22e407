-- id: elder-living-alone
-- version: 1
-- procedure: help
-- subject: person
-- sensitivity: general
-- title: 独居高龄老人未获探访关爱
-- why: 此人{age}岁（{from_years}周岁起关注），户籍所在户（本人{registered_on}登记）没有其他在世人员[，登记的亲属已死亡：{relations}（最近一次{died_on}）]，目前未享受探访关爱[（此前的已于{ended_on}终止）]。
-- legal-basis: 《中华人民共和国老年人权益保障法》；民政部等《关于开展特殊困难老年人探访关爱服务的指导意见》（2022年）
-- feeds: police, registry
-- also: health, social-security
-- needs: registry.benefit.granted/care-visit
-- due: 15 working days
-- occasion: event
-- clears: 享受探访关爱，或同户登记了其他在世人员

-- Who lives in a police household is living, so that this need not be asked.
-- The own registration may be decades old. What makes somebody live alone is that another died or went: a relative's death
-- is a trigger, wherever they lived, as nobody recorded where they did; so is the end of care visits.
SELECT p.person                   AS subject,
       'living-alone'             AS occasion,
       p.age                      AS age,
       q.living_alone_from_years  AS from_years,
       g.on_day                   AS registered_on,
       words(d.kind)              AS relations,
       max(d.on_day)              AS died_on,
       max(x.ended_on)            AS ended_on,
       h.fact                     AS trigger_registration,
       array_agg(d.fact)          AS triggers_death,
       array_agg(x.fact)          AS triggers_end,
       array_agg(d.fact_relation) AS facts_relation
FROM co_residence h
JOIN person p ON p.person = h.person
JOIN registration g ON g.person = h.person
CROSS JOIN parameter q
LEFT JOIN relative_event d ON d.person = p.person AND d.event = 'died'
LEFT JOIN ended_benefit x ON x.person = p.person AND x.program = 'care-visit'
WHERE p.age >= q.living_alone_from_years
  AND h.others = 0
  AND NOT EXISTS (SELECT 1 FROM benefit b WHERE b.person = p.person AND b.program = 'care-visit')
GROUP BY p.person, p.age, q.living_alone_from_years, g.on_day, h.fact
