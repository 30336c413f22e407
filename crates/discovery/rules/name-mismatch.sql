-- id: name-mismatch
-- version: 2
-- procedure: quality
-- subject: person
-- sensitivity: general
-- title: 姓名与公安登记不一致
-- why: 有{records}条记录的姓名与公安登记的姓名不一致（来源：{feeds}；最近一条{last_on}），姓名一致前这些记录不参与任何判断。
-- legal-basis: 《中华人民共和国个人信息保护法》第八条
-- feeds: police, social-security, health, medical-insurance, registry
-- due: 5 working days
-- occasion: event
-- clears: 来源部门更正姓名或撤回记录，或公安登记相同的姓名

-- Held facts are links: the same wrong name comes again with every delivery, and gives no new alert.
SELECT p.person              AS subject,
       'name'                AS occasion,
       count(h.fact)         AS records,
       words(h.feed)         AS feeds,
       max(h.on_day)         AS last_on,
       array_agg(h.fact)     AS links_held
FROM held_fact h
JOIN person p ON p.person = h.person
WHERE p.living
GROUP BY p.person
